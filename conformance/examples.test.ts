/** The examples as a reader runs them: with the built command, against a devbox. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { endpointDefinition } from "@flyte-webhook/core";
import { type Devbox, registerTasks, startDevbox } from "@flyte-webhook/devbox";
import type { FlyteWebhookAppEnvironment } from "@flyte-webhook/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const CLI = "packages/cli/bin/flyte-webhook.js";
const webhooks = readdirSync(join(ROOT, "examples"), { recursive: true, encoding: "utf8" })
  .filter((path) => /^[^/]+\/webhook\.ts$/.test(path))
  .sort();

interface Document {
  readonly paths: Record<string, object>;
}

const dir = mkdtempSync(join(tmpdir(), "examples-"));
let devbox: Devbox;

async function node(...args: string[]): Promise<string> {
  const env = { ...process.env, FLYTE_API_KEY: devbox.apiKey, NODE_OPTIONS: "" };
  return (await promisify(execFile)(process.execPath, args, { cwd: ROOT, env })).stdout;
}

beforeAll(async () => {
  devbox = await startDevbox({ dir, port: 0 });
  await registerTasks(devbox, join(ROOT, "examples/tasks/tasks.ts"));
});
afterAll(async () => {
  await devbox.close();
  rmSync(dir, { recursive: true, force: true });
});

test.each(webhooks)("%s is served and answers with its own endpoints alone", async (path) => {
  const line = await node(CLI, "serve", `examples/${path}`, "--config", devbox.config, "--json");
  const { name, endpoint, revision } = JSON.parse(line);
  expect(revision).toBe(1);
  const [declared] = Object.values(
    await import(/* @vite-ignore */ `../examples/${path}`),
  ) as FlyteWebhookAppEnvironment[];
  expect(name).toBe(declared?.name);
  const { paths } = (await (await fetch(`${endpoint}/openapi.json`)).json()) as Document;
  const served = Object.entries(paths).flatMap(([route, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${route}`),
  );
  const own = (declared?.endpoints ?? [])
    .map(endpointDefinition)
    .map(({ method, path: route }) => `${method} ${route}`);
  expect(served.sort()).toEqual(own.sort());
  expect((await fetch(`${endpoint}/me`)).status).toBe(401);
  if (path !== "basic-webhook/webhook.ts") return;
  const said = await node("examples/basic-webhook/client.ts", endpoint);
  expect(said).toContain("o0: 'hello 42'");
  expect(said).toContain("phase: 'succeeded'");
});
