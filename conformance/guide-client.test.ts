import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createConnection } from "@flyte-webhook/client/connection";
import { startDevbox } from "@flyte-webhook/devbox";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { ProjectService } from "@flyte-webhook/idl/flyteidl2/project/project_service";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { expect, test } from "vitest";
import type { ExchangeFile } from "../golden/http/exchange.ts";
import { pythonWithFlyte } from "./python-with-flyte.ts";
import { type PlaneOptions, startWebhook, untilDone } from "./webhook.ts";

const python = pythonWithFlyte("the client of the Python webhook's guide");
const CLIENT = fileURLToPath(new URL("./guide/call_webhook.py", import.meta.url));
const RECORDED = new URL("./data/http-exchanges.json", import.meta.url);

/** The guide's project and its task with inputs `x` and `y`, of a type that runs without an image. */
async function deployGuideTask({ controlPlane, apiKey, project, domain }: PlaneOptions): Promise<void> {
  const connection = createConnection({ endpoint: controlPlane, apiKey, project, domain });
  const type = (simple: SimpleType) => ({ type: { case: "simple", value: simple } as const });
  const inputs = { x: SimpleType.INTEGER, y: SimpleType.STRING, duration: SimpleType.DURATION };
  const noTime = { case: "duration", value: {} } as const;
  try {
    await connection.unary(ProjectService.method.createProject, { project: { id: project, name: project } });
    await connection.unary(TaskService.method.deployTask, {
      taskId: { project, domain, name: "my-task", version: "1" },
      spec: {
        taskTemplate: {
          id: { resourceType: 1, project, domain, name: "my-task", version: "1" },
          type: "core-sleep",
          interface: {
            inputs: {
              variables: Object.entries(inputs).map(([key, simple]) => ({ key, value: { type: type(simple) } })),
            },
          },
        },
        defaultInputs: [
          {
            name: "duration",
            parameter: {
              var: { type: type(SimpleType.DURATION) },
              behavior: {
                case: "default",
                value: {
                  value: { case: "scalar", value: { value: { case: "primitive", value: { value: noTime } } } },
                },
              },
            },
          },
        ],
      },
    });
  } finally {
    await connection.close();
  }
}

/** What the client printed after `label: `, a dict of plain values. */
function printed(output: string, label: string): Record<string, unknown> {
  const line = output.split("\n").find((one) => one.startsWith(`${label}: `));
  const words: Readonly<Record<string, string>> = { True: "true", False: "false", None: "null", "'": '"' };
  const text = (line ?? "").slice(label.length + 2);
  return JSON.parse(text.replace(/'|\b(?:True|False|None)\b/g, (word) => words[word] as string)) as never;
}

/** Keys and types of the answer that Python's webhook gave to a recorded request. */
function pythonsAnswer(id: string): Record<string, string> {
  const { rows } = JSON.parse(readFileSync(RECORDED, "utf8")) as ExchangeFile;
  const answer = rows.find((row) => row.id === id)?.python as { json?: object } | undefined;
  return Object.fromEntries(Object.entries(answer?.json ?? {}).map(([key, value]) => [key, typeof value]));
}

test.skipIf(python === undefined)(
  "the client of the Python webhook's guide runs as it stands, and reads the keys and types it knows",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "guide-client-"));
    const devbox = await startDevbox({ dir, port: 0 });
    const scope = { project: "my-project", domain: "development" };
    const plane = { controlPlane: devbox.endpoint, apiKey: devbox.apiKey, ...scope };
    await deployGuideTask(plane);
    const webhook = await startWebhook(plane);
    try {
      const env = { ...process.env, FLYTE_API_KEY: devbox.apiKey, PYTHONDONTWRITEBYTECODE: "1" };
      const { stdout } = await promisify(execFile)(python as string, [CLIENT, webhook.origin], { env });
      const answers = {
        health: printed(stdout, "/health"),
        "auth-cookie": printed(stdout, "/me"),
        "run-task-version-empty": printed(stdout, "Run task"),
        "get-run-queued": printed(stdout, "Run status"),
      };
      for (const [recorded, answer] of Object.entries(answers)) {
        const types = Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, typeof value]));
        expect(Object.keys(pythonsAnswer(recorded)), recorded).not.toEqual([]);
        expect(types, stdout).toMatchObject(pythonsAnswer(recorded));
      }
      expect(answers.health).toEqual({ status: "healthy" });
      const { name } = answers["run-task-version-empty"];
      expect(answers["get-run-queued"].name).toBe(name);
      const run = await untilDone(webhook, String(name));
      expect(run, JSON.stringify(run)).toMatchObject({ phase: "succeeded" });
      const io = await webhook.call(`GET /run/${name}/io`);
      expect(io.body.inputs).toMatchObject({ x: 42, y: "hello" });
    } finally {
      await webhook.close();
      await devbox.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
  60_000,
);
