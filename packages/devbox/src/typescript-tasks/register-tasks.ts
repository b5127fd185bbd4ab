import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import type { Devbox } from "../devbox.ts";
import { DEFAULT_DOMAIN, DEFAULT_PROJECT } from "../server/config-file.ts";
import { isTypescriptTask, type Signature, type TypescriptTask } from "./define-task.ts";
import { literalOf, simpleTypeOf } from "./value-types.ts";

export interface RegisterOptions {
  /** Default `flytesnacks`. */
  project?: string;
  /** Default `development`. */
  domain?: string;
  /** Default: a hash of the file's content, so that the same file is the same version. */
  version?: string;
}

export interface RegisteredTask {
  readonly name: string;
  readonly version: string;
}

/** Beside this file, in the sources as in what is built. */
const FROM_SOURCES = import.meta.url.endsWith(".ts");
const ENTRY = fileURLToPath(new URL(FROM_SOURCES ? "./task-entry.ts" : "./task-entry.js", import.meta.url));
/** From the sources, packages of this repository are resolved to their sources too. */
const COMMAND = ["node", ...(FROM_SOURCES ? ["--conditions=source"] : []), ENTRY];

/**
 * Deploys every task that a TypeScript file exports. The file stays where it is: a run loads it again.
 * Throws `invalid_declaration` when it exports none, and what the file itself throws when it is loaded.
 */
export async function registerTasks(
  devbox: Pick<Devbox, "endpoint" | "apiKey">,
  file: string,
  { project = DEFAULT_PROJECT, domain = DEFAULT_DOMAIN, version }: RegisterOptions = {},
): Promise<RegisteredTask[]> {
  const path = resolve(file);
  const release = version ?? createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
  const exports = (await import(`${pathToFileURL(path).href}?version=${release}`)) as Record<string, unknown>;
  const found = Object.entries(exports).filter((entry): entry is [string, TypescriptTask] =>
    isTypescriptTask(entry[1]),
  );
  if (found.length === 0) {
    throw new FlyteWebhookError("invalid_declaration", `${path} exports no task`, {
      hint: "Export what defineTask returns: `export const myTask = defineTask({ … })`.",
    });
  }
  const headers = { authorization: `Bearer ${devbox.apiKey}` };
  const client = createClient(TaskService, createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" }));
  for (const [exported, task] of found) {
    const taskId = { project, domain, name: task.name, version: release };
    await client.deployTask({ taskId, spec: specOf(task, exported, path, taskId) }, { headers });
  }
  return found.map(([, { name }]) => ({ name, version: release }));
}

function specOf(
  task: TypescriptTask,
  exported: string,
  path: string,
  id: { project: string; domain: string; name: string; version: string },
): MessageInitShape<typeof TaskSpecSchema> {
  const dot = task.name.lastIndexOf(".");
  const { timeoutSeconds, retries = 0 } = task;
  return {
    taskTemplate: {
      id: { resourceType: 1, ...id },
      type: "typescript",
      metadata: {
        retries: { retries },
        ...(timeoutSeconds !== undefined && { timeout: { seconds: BigInt(Math.ceil(timeoutSeconds)) } }),
      },
      interface: { inputs: { variables: variablesOf(task.inputs) }, outputs: { variables: variablesOf(task.outputs) } },
      target: {
        case: "container",
        value: {
          command: COMMAND,
          args: ["--module", path, "--task", exported, "--inputs", "{{.input}}", "--outputs", "{{.outputPrefix}}"],
        },
      },
    },
    defaultInputs: Object.entries(task.defaults ?? {}).flatMap(([name, value]) => {
      const type = task.inputs[name];
      const literal = type && literalOf(type, value);
      return literal
        ? [{ name, parameter: { var: variableOf(type), behavior: { case: "default", value: literal } } } as const]
        : [];
    }),
    shortName: task.name.slice(dot + 1),
    environment: { name: task.name.slice(0, dot) },
  };
}

function variablesOf(signature: Signature) {
  return Object.entries(signature).map(([key, type]) => ({ key, value: variableOf(type) }));
}

function variableOf(type: Signature[string]) {
  return { type: { type: { case: "simple", value: simpleTypeOf(type) } } } as const;
}
