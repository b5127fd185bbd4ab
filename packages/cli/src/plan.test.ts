import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Devbox, startDevbox } from "@flyte-webhook/devbox";
import { afterAll, beforeAll, expect, test } from "vitest";

const program = join(import.meta.dirname, "main.ts");
const dir = mkdtempSync(join(tmpdir(), "flyte-cli-"));
// In this package, so that it finds the SDK.
const declaring = mkdtempSync(join(import.meta.dirname, "..", ".declaration-"));
const declaration = join(declaring, "webhook.ts");
let devbox: Devbox;

function declare(options: string): void {
  writeFileSync(
    declaration,
    `import { FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";
export const env = new FlyteWebhookAppEnvironment({ name: "my-webhook", ${options} });
`,
  );
}

beforeAll(async () => {
  devbox = await startDevbox({ dir, port: 0 });
});
afterAll(async () => {
  await devbox.close();
  rmSync(dir, { recursive: true });
  rmSync(declaring, { recursive: true });
});

function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const { FORCE_COLOR: _, FLYTE_API_KEY: __, ...env } = process.env;
    const child = spawn(process.execPath, ["--conditions=source", program, ...args], { cwd: dir, env });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

const planned = (...args: string[]) => run("plan", declaration, "--config", devbox.config, ...args);

test("plan tells what a deploy would do, and fails when it is told to", async () => {
  declare('endpointGroups: ["core"]');
  const first = await planned("--fail-on", "exposure");
  expect(first).toMatchObject({ code: 3, err: "" });
  expect(first.out).toBe("+ development/flytesnacks/my-webhook would be created\n  + endpoints health, me\n");
  expect((await planned()).code).toBe(0);

  expect((await run("deploy", declaration, "--config", devbox.config)).code).toBe(0);
  const same = await planned("--json", "--fail-on", "change");
  expect(JSON.parse(same.out)).toMatchObject({ changes: false, exposes: false, apps: [{ change: "none" }] });
  expect(same.code).toBe(0);

  declare('endpoints: ["health"], title: "T"');
  expect((await planned("--fail-on", "exposure")).code).toBe(0);
  const narrower = await planned("--fail-on", "change");
  expect(narrower.code).toBe(3);
  expect(narrower.out).toContain("webhook.title: Flyte Webhook: my-webhook → T");
  expect(narrower.out).toContain("- endpoints me");
});

test("whoami tells who the configured key is, login that none is needed", async () => {
  expect(await run("whoami", "--json", "--config", devbox.config)).toMatchObject({
    code: 0,
    out: `${JSON.stringify({ subject: "admin", name: "", email: "" })}\n`,
  });
  const { code, err } = await run("login", "--config", devbox.config);
  expect([code, err]).toEqual([1, expect.stringContaining("it is configured for an API key")]);
});
