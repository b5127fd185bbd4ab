import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startDevbox } from "@flyte-webhook/devbox";
import { expect, test } from "vitest";
import { pythonWithFlyte } from "./python-with-flyte.ts";
import { startWebhook, untilDone } from "./webhook.ts";

const python = pythonWithFlyte("a Python task behind a webhook");
const EXAMPLES = fileURLToPath(new URL("../examples/python/", import.meta.url));

test.skipIf(python === undefined)(
  "a task that Flyte's own SDK deploys runs through a webhook",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "python-task-"));
    const devbox = await startDevbox({ dir: join(dir, "devbox"), port: 0, python: python as string });
    const scope = { project: "flytesnacks", domain: "development" };
    const webhook = await startWebhook({ controlPlane: devbox.endpoint, apiKey: devbox.apiKey, ...scope });
    try {
      // A home of its own, because the client remembers which code it has uploaded, but not where to.
      await promisify(execFile)(
        python as string,
        ["-c", "from flyte.cli.main import main; main()", "--config", devbox.config, "deploy", "greeting.py", "env"],
        { cwd: EXAMPLES, env: { ...process.env, HOME: dir, PYTHONDONTWRITEBYTECODE: "1" } },
      );
      const task = await webhook.call("GET /task/development/flytesnacks/greeting.greet");
      expect(task).toMatchObject({ status: 200, body: { name: "greeting.greet" } });

      const refused = await webhook.call("POST /run-task/development/flytesnacks/greeting.greet", { times: "often" });
      expect(refused.status).toBe(422);

      for (const [inputs, output] of [
        [{ name: "Ada", times: 2 }, "Hello, Ada! Hello, Ada!"],
        [{ name: "Grace" }, "Hello, Grace!"],
      ] as const) {
        const started = await webhook.call("POST /run-task/development/flytesnacks/greeting.greet", inputs);
        expect(started).toMatchObject({ status: 200, body: { phase: expect.any(String) } });
        const { name } = started.body;
        const run = await untilDone(webhook, name);
        expect(run, JSON.stringify(run)).toMatchObject({
          phase: "succeeded",
          task: "development/flytesnacks/greeting.greet",
        });
        const io = await webhook.call(`GET /run/${name}/io`);
        expect(io.body).toMatchObject({ inputs: { times: 1, ...inputs }, outputs: { o0: output } });
      }
    } finally {
      await webhook.close();
      await devbox.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
  120_000,
);
