/** Runs declarations of Python's environments: ours must make the same App of them, or refuse them by name. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type App, AppSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { type AppContext, findSourceUrl, toApp } from "@flyte-webhook/sdk";
import { canonical } from "./apps/canonical.ts";
import { declare } from "./apps/declare.ts";
import type { Row, RowContext } from "./apps/row.ts";
import { bootService, builtRoutes } from "./apps/service.ts";
import { printFailures, type Tally } from "./report.ts";

/** Group of the rows that fail for want of endpoints alone. */
const NOT_BUILT = "endpoint not built yet";

export async function runApps(files: readonly string[]): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0 };
  const groups = new Map<string, { id: string; problems: readonly string[] }[]>();
  for (const path of files) {
    for (const row of (JSON.parse(readFileSync(path, "utf8")) as { rows: Row[] }).rows) {
      const problems = await runRow(row);
      if (problems.length === 0) {
        tally.passed++;
        continue;
      }
      tally.failed++;
      const group = problems.every((problem) => problem.startsWith(NOT_BUILT)) ? NOT_BUILT : row.group;
      groups.set(group, [...(groups.get(group) ?? []), { id: row.id, problems }]);
    }
  }
  for (const [group, rows] of groups) for (const { id, problems } of rows) printFailures(group, id, problems);
  return tally;
}

async function runRow(row: Row): Promise<string[]> {
  const { outcome, ignore = [] } = row.ours;
  let app: App;
  try {
    const context = await contextOf(row.context);
    app = toApp(declare(row.declaration), context as AppContext);
  } catch (error) {
    if (!(error instanceof FlyteWebhookError)) return [`thrown without a report: ${(error as Error).stack}`];
    if (outcome === "accept") return [`refused: ${error.message}`];
    const names = offenders(row);
    return names.some((name) => error.message.includes(name)) ? [] : [`does not name ${names}: ${error.message}`];
  }
  if (outcome === "refuse") return ["accepted"];
  const { binaryBase64, routes, openapiInfo } = row.python;
  if (binaryBase64 === undefined) return [];
  const expected = canonical(fromBinary(AppSchema, Buffer.from(binaryBase64, "base64")), ignore);
  const problems = difference(expected, canonical(app, ignore));
  if (leaksCredentials(app, row.context)) problems.push("the credentials of the git remote are in the App");
  if (routes) problems.push(...(await compareService(app, routes, openapiInfo ?? {})));
  return problems;
}

let built: readonly string[] | undefined;

async function compareService(
  app: App,
  routes: readonly string[],
  info: Readonly<Record<string, string>>,
): Promise<string[]> {
  const service = await bootService(app);
  const problems: string[] = [];
  built ??= await builtRoutes();
  const missing = routes.filter((route) => !service.served.includes(route));
  const unbuilt = missing.filter((route) => !built?.includes(route));
  if (unbuilt.length > 0) problems.push(`${NOT_BUILT}: ${unbuilt.join(", ")}`);
  if (missing.length > unbuilt.length) problems.push(`lacks ${missing.filter((route) => !unbuilt.includes(route))}`);
  const more = service.served.filter((route) => !routes.includes(route));
  if (more.length > 0) problems.push(`serves more: ${more}`);
  if ([...service.served].sort().join() !== [...service.documented].sort().join()) {
    problems.push(`serves ${service.served} and documents ${service.documented}`);
  }
  for (const [name, value] of Object.entries(info)) {
    if (service.info[name] !== value) problems.push(`info.${name} is ${service.info[name]}, not ${value}`);
  }
  return problems;
}

/** The options that a refusal must name one of: what the row has beside the ordinary, and what its context lacks. */
function offenders({ declaration, context }: Row): string[] {
  const ordinary: Readonly<Record<string, (value: unknown) => boolean>> = {
    name: (value) => value === "my-app" || value === "my-webhook",
    image: (value) => value === "ghcr.io/acme/flyte-webhook-node:1.2.3",
    command: (value) => JSON.stringify(value) === '["node","/app/server.mjs"]',
  };
  const calls = (declaration.after ?? []).flatMap((call) =>
    "addDependency" in call ? ["dependsOn"] : keys(call.cloneWith),
  );
  const names = keys(declaration.options).filter((name) => !ordinary[name]?.(declaration.options[name]));
  const lacking = (["project", "domain"] as const).filter((name) => !context[name]);
  return [...calls.filter((name) => name !== "name"), ...names, ...lacking];
}

const keys = (value: unknown): string[] => Object.keys(value as object);

/** The place of a row; its source is that of a checkout with the row's remotes. */
async function contextOf({ git, org, project, domain }: RowContext): Promise<unknown> {
  const place = { org: org ?? undefined, project, domain };
  if (git === undefined) return place;
  const cwd = mkdtempSync(join(tmpdir(), "golden-apps-"));
  try {
    const run = (...args: string[]) => execFileSync("git", args, { cwd, stdio: "ignore" });
    run("init");
    run("-c", "user.name=golden", "-c", "user.email=golden@example.com", "commit", "--allow-empty", "-m", "golden");
    for (const [name, url] of Object.entries(typeof git === "string" ? { origin: git } : git))
      run("remote", "add", name, url);
    return { ...place, sourceUrl: await findSourceUrl(cwd) };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

function leaksCredentials(app: App, { git }: RowContext): boolean {
  const bytes = Buffer.from(toBinary(AppSchema, app));
  return Object.values(typeof git === "string" ? { origin: git } : (git ?? {})).some((url) => {
    const password = URL.parse(url)?.password;
    return !!password && bytes.includes(password);
  });
}

function difference(expected: string, actual: string): string[] {
  if (expected === actual) return [];
  const [wanted, got] = [expected.split("\n"), actual.split("\n")];
  const at = wanted.findIndex((line, index) => line !== got[index]);
  const around = (lines: string[]) =>
    lines
      .slice(Math.max(0, at - 2), at + 4)
      .map((line) => line.trim())
      .join(" ");
  return [`App differs, expected … ${around(wanted)} …`, `ours … ${around(got)} …`];
}
