/** Python's own webhook on a devbox, side by side with ours: both act with the credentials of their callers. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Apps, createConnection } from "@flyte-webhook/client";
import { startDevbox } from "@flyte-webhook/devbox";
import { expect, test } from "vitest";
import { pythonWith } from "./python-with-flyte.ts";
import { startWebhook, untilDone } from "./webhook.ts";

const python = pythonWith(["flyte", "fastapi", "uvicorn"], "Python's own webhook");
const EXAMPLES = fileURLToPath(new URL("../examples/python/", import.meta.url));
const SCOPE = { project: "flytesnacks", domain: "development" };

/** Python's webhook listens where its spec says; there are no containers here to keep two of them apart. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test.skipIf(python === undefined)(
  "Python's webhook and ours answer the same caller, and run the same task",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "python-webhook-"));
    const devbox = await startDevbox({ dir: join(dir, "devbox"), port: 0, python: python as string });
    const ours = await startWebhook({ controlPlane: devbox.endpoint, apiKey: devbox.apiKey, ...SCOPE });
    const connection = createConnection({ endpoint: devbox.endpoint, ...SCOPE });
    const flyte = (cwd: string, ...args: string[]) =>
      promisify(execFile)(
        python as string,
        ["-c", "from flyte.cli.main import main; main()", "--config", devbox.config, ...args],
        { cwd, env: { ...process.env, HOME: dir, PYTHONDONTWRITEBYTECODE: "1" } },
      );
    try {
      writeFileSync(
        join(dir, "hook.py"),
        `import flyte
from flyte.app.extras import FlyteWebhookAppEnvironment
env = FlyteWebhookAppEnvironment(name="py-hook", image=flyte.Image.from_base("python:3.11"), port=${await freePort()},
    endpoints=["health", "me", "run_task", "get_run", "get_run_io"], scaling=flyte.app.Scaling(replicas=(1, 1)))
`,
      );
      await flyte(EXAMPLES, "deploy", "greeting.py", "env");
      await flyte(dir, "serve", "hook.py", "env");
      const { app } = await new Apps(connection).get({ name: "py-hook" }).then((found) => ({ app: found }));
      const theirs = app.status?.ingress?.publicUrl ?? "";
      const call = async (path: string, body?: object, authorization = `Bearer ${devbox.apiKey}`) => {
        const answer = await fetch(theirs + path, {
          method: body ? "POST" : "GET",
          headers: { "content-type": "application/json", ...(authorization !== "" && { authorization }) },
          ...(body && { body: JSON.stringify(body) }),
        });
        return { status: answer.status, body: await answer.json() };
      };

      expect(await call("/me")).toMatchObject({ status: 200, body: { subject: "admin" } });
      expect(await ours.call("GET /me")).toMatchObject({ status: 200, body: { subject: "admin" } });
      expect(await call("/me", undefined, "")).toMatchObject({ status: 401 });

      const path = "/run-task/development/flytesnacks/greeting.greet";
      const [one, other] = [await call(path, { name: "Ada" }), await ours.call(`POST ${path}`, { name: "Ada" })];
      for (const started of [one, other]) {
        expect(started, JSON.stringify(started)).toMatchObject({ status: 200, body: { name: expect.any(String) } });
        expect(await untilDone(ours, started.body.name)).toMatchObject({ phase: "succeeded" });
        const io = { inputs: { name: "Ada" }, outputs: { o0: "Hello, Ada!" } };
        expect(await call(`/run/${started.body.name}/io`)).toMatchObject({ status: 200, body: io });
        expect(await ours.call(`GET /run/${started.body.name}/io`)).toMatchObject({ status: 200, body: io });
      }
    } finally {
      await ours.close();
      await connection.close();
      await devbox.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
  120_000,
);
