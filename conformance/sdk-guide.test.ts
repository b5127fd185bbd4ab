/** docs/sdk.md and the README's declaration as a reader runs them, with the devbox as every control plane that they name. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Devbox, startDevbox } from "@flyte-webhook/devbox";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const snippetsOf = (file: string) =>
  [...readFileSync(join(ROOT, file), "utf8").matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? "");
const guide = snippetsOf("docs/sdk.md");

/** Says itself which control plane it is for; nobody calls that one. */
const ROBOTS_KEY = Buffer.from("flyte.example.com:robot:secret:").toString("base64");

let home: string;
let work: string;
let devbox: Devbox;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "sdk-guide-"));
  // In a package, so that its dependencies are found.
  work = mkdtempSync(join(ROOT, "packages/sdk/.sdk-guide-"));
  devbox = await startDevbox({ dir: home, port: 0 });
  // The first place that is looked at, and the one that the guide names.
  for (const name of ["config.yaml", "production.yaml"]) copyFileSync(devbox.config, join(work, name));
});
afterAll(async () => {
  await devbox.close();
  rmSync(home, { recursive: true, force: true });
  rmSync(work, { recursive: true, force: true });
});

/** Runs the snippet that holds a text; `after` is added to see what came of it. */
async function run(snippets: readonly string[], text: string, after = ""): Promise<string> {
  const code = snippets.find((snippet) => snippet.includes(text)) ?? expect.unreachable(`no snippet has ${text}`);
  const file = join(work, "snippet.ts");
  const here = code
    .replaceAll(/"[a-z]+\.acme\.com"/g, JSON.stringify(devbox.endpoint))
    .replaceAll("process.env.FLYTE_API_KEY", JSON.stringify(ROBOTS_KEY));
  writeFileSync(file, `${here}\n${after}`);
  const { FLYTE_ADMIN_ENDPOINT: _, FLYTE_API_KEY: __, ...inherited } = process.env;
  const env = { ...inherited, _U_EP_OVERRIDE: devbox.endpoint, NODE_OPTIONS: "" };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--conditions=source", file], {
    cwd: work,
    env,
  });
  expect(stderr, text).toBe("");
  return stdout;
}

test("the declarations are as they should be", async () => {
  expect(await run(guide, 'title: "My Flyte Webhook"', "console.log(webhook.name);")).toBe("my-webhook\n");
  const staging = await run(guide, "staging.addDependency", "console.log(staging.name, staging.dependsOn.length);");
  expect(staging).toBe("hooks-staging 1\n");
  const built = await run(guide, "withAptPackages", "console.log(backend.name, typeof image);");
  expect(built).toBe("backend object\n");
});

test("planning, deploying to several control planes, serving and the handle", { timeout: 120_000 }, async () => {
  // Everything becomes callable, so the guide's program refuses.
  await expect(run(guide, "planned.exposes")).rejects.toThrow("ask the platform team");
  await run(guide, "for (const controlPlane of [staging, production])");
  const served = await run(guide, "await app.delete()");
  expect(served).toMatch(/^http:\/\/127\.0\.0\.1:\d+ http:.* \d+$/m);
});

test("the README's first program", { timeout: 60_000 }, async () => {
  expect(await run(snippetsOf("README.md"), "const app = await serve(")).toMatch(/^http:\S+ http:\S+\/docs\n$/);
});
