import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Devbox, registerTasks, startDevbox } from "@flyte-webhook/devbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { triggerClient } from "../../devbox/src/testing/trigger-client.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { EXIT_MEANINGS } from "./exit-codes.ts";
import { cleanEnvironment, PROGRAM, temporaryProject } from "./testing/run-cli.ts";

const GUIDE = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "cli.md"), "utf8");
/** The name of a run as the guide has it. */
const RUN = "r9rbk7m28nbnzkh5fdlk";

interface Example {
  readonly line: string;
  readonly exitCode: number;
  /** Lines that it prints, among others. */
  readonly printed: readonly string[];
}

const examples: Example[] = [...GUIDE.matchAll(/```console\n(.*?)```/gs)].flatMap(([, block = ""]) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [first = "", ...printed] = text.trimEnd().split("\n");
      const [line = "", comment = ""] = first.split(/ {4}# /);
      return { line, exitCode: Number(/exits with (\d+)/.exec(comment)?.[1] ?? 0), printed };
    }),
);

/** What differs from one machine and run to the next is replaced. */
const settled = (text: string) =>
  text
    .replaceAll(/127\.0\.0\.1:\d{4,5}/g, "127.0.0.1:PORT")
    .replaceAll(/\br[bcdfghjklmnpqrstvwxz2456789]{19}\b/g, "RUN")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\b[0-9a-f]{16}\b/g, "VERSION");

let project: ReturnType<typeof temporaryProject>;
let devbox: Devbox;
let here = "";

beforeAll(async () => {
  project = temporaryProject();
  here = project.dir;
});
afterAll(async () => {
  await devbox?.close();
  project.remove();
});

function bash(line: string): Promise<{ code: number; printed: string; out: string }> {
  const script = `flyte-webhook() { "${process.execPath}" --conditions=source "${PROGRAM}" "$@"; }\n${line}`;
  return new Promise((resolve) => {
    const options = { cwd: here, env: cleanEnvironment(here) };
    const child = execFile("bash", ["-c", script], options, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, printed: out + err }),
    );
    child.stdin?.end();
  });
}

/** After `init`, the guide has its reader start a devbox in the new project. */
async function enterProject(): Promise<void> {
  here = join(project.dir, "my-webhook");
  devbox = await startDevbox({ dir: join(here, ".flyte"), port: 0 });
  await registerTasks(devbox, join(here, "tasks.ts"));
  const client = triggerClient(devbox);
  await client.deployTask();
  await client.deploy("nightly", { cron: "0 3 * * *" });
}

async function latestRun(): Promise<string> {
  for (;;) {
    const [run] = JSON.parse((await bash("flyte-webhook runs --json")).out);
    if (run === undefined || run.phase === "succeeded") return run?.name ?? "";
  }
}

test("every example of docs/cli.md prints what is written there", async () => {
  expect(examples.length).toBeGreaterThan(30);
  for (const { line, exitCode, printed: expected } of examples) {
    const run = line === "flyte-webhook runs" || line.includes(RUN) ? await latestRun() : RUN;
    const { code, printed } = await bash(line.replaceAll(RUN, run));
    expect(`${line}\n${code}`, printed).toBe(`${line}\n${exitCode}`);
    for (const one of expected) expect(settled(printed), line).toContain(settled(one).trimEnd());
    if (line.startsWith("flyte-webhook init")) await enterProject();
  }
}, 240_000);

describe("docs/cli.md names", () => {
  const all = COMMANDS.flatMap(([, commands]) => commands).flatMap((one): [string, Command][] =>
    "commands" in one ? one.commands.map((own) => [`${one.name} ${own.name}`, own]) : [[one.name, one]],
  );
  test.each(all)("%s and its options", (name, command) => {
    const section = GUIDE.split(/^## /m).find((text) => text.includes(`\`${name}`)) ?? "";
    expect(section).not.toBe("");
    for (const { usage } of Object.values(command.options ?? {})) {
      const long = /--[a-z-]+/.exec(usage)?.[0] ?? "";
      expect(
        GUIDE.split(/^## /m).some((text) => text.includes(`\`${name}`) && text.includes(long)),
        long,
      ).toBe(true);
    }
  });

  test("every exit code", () => {
    for (const [code, meaning] of EXIT_MEANINGS)
      expect(GUIDE.replaceAll("`--fail-on`", "--fail-on")).toContain(`| ${code} | ${meaning} |`);
  });
});
