/** docs/deploying.md as a reader runs it, step by step, with the devbox as the cluster. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Devbox, startDevbox } from "@flyte-webhook/devbox";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const guide = readFileSync(join(ROOT, "docs/deploying.md"), "utf8");
const snippets = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? "");

let home: string;
let work: string;
let devbox: Devbox;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "deploying-"));
  // In a package, so that its dependencies are found.
  work = mkdtempSync(join(ROOT, "packages/sdk/.deploying-"));
  devbox = await startDevbox({ dir: home, port: 0 });
  // The first place that is looked at.
  copyFileSync(devbox.config, join(work, "config.yaml"));
});
afterAll(async () => {
  await devbox.close();
  rmSync(home, { recursive: true, force: true });
  rmSync(work, { recursive: true, force: true });
});

/** Runs the snippet that holds a text, as a file of a project whose config is the devbox's. */
async function run(text: string, name: string): Promise<{ stdout: string; code: number }> {
  const code = snippets.find((snippet) => snippet.includes(text)) ?? expect.unreachable(`no snippet has ${text}`);
  // The devbox has no registry; its own image is the ready-made one, and programs of others are found on PATH.
  writeFileSync(
    join(work, name),
    code
      .replace(/^ *image: "registry\.acme\.com\/flyte-webhook.*\n/m, "")
      .replace(/image: "registry.*?"/, `image: "x", command: ["node", "-e", "setInterval(() => {}, 1e6)"]`),
  );
  const { FLYTE_ADMIN_ENDPOINT: _, ...inherited } = process.env;
  const env = { ...inherited, FLYTE_API_KEY: devbox.apiKey, NODE_OPTIONS: "" };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=source", name], { cwd: work, env });
    return { stdout, code: 0 };
  } catch (error) {
    const { stdout, stderr, code: exit } = error as { stdout: string; stderr: string; code: number };
    if (stderr) throw new Error(`${name}: ${stderr}`);
    return { stdout, code: exit };
  }
}

test("plan, serve, handle and several at once", { timeout: 120_000 }, async () => {
  await run("export const webhook", "webhook.ts");
  const planned = await run("renderPlan(planned)", "plan.ts");
  expect(planned.stdout).toContain("my-webhook would be created");
  expect(planned.code).toBe(3);
  const served = await run("rollbackOnFailure: true", "serve.ts");
  expect(served.stdout).toMatch(/^http:\/\/.*\/docs\n$/);
  expect((await run("renderPlan(planned)", "plan.ts")).code).toBe(0);
  const handle = await run('App.get("my-webhook")', "handle.ts");
  expect(handle.stdout).toMatch(/^ACTIVE .* undefined 1\n/);
  expect(handle.stdout).toContain('"message":"listening"');
  expect(handle.stdout).toMatch(/\nmy-webhook ACTIVE http:.*\n$/);
  const several = await run("dependsOn: [backend]", "several.ts");
  expect(several.stdout).toMatch(/apps\/hooks .*apps\/other\n$/);
});
