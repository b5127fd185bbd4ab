/** The program of a TypeScript task's process: reads inputs.pb, runs the task, writes outputs.pb or error.pb. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ContainerError_Kind,
  ErrorDocumentSchema,
  ExecutionError_ErrorKind,
} from "@flyte-webhook/idl/flyteidl2/core/execution";
import { type Inputs, InputsSchema, type NamedLiteral, OutputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { isTypescriptTask, type Signature, type TypescriptTask } from "./define-task.ts";
import { literalOf, parseLiteral } from "./value-types.ts";

interface Arguments {
  /** The task's file, and the name it is exported under. */
  readonly module: string;
  readonly task: string;
  /** `file://` URIs: of inputs.pb, and of the directory that takes what is written. */
  readonly inputs: string;
  readonly outputs: string;
}

function readArguments(): Arguments {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { module: text, task: text, inputs: text, outputs: text } });
  const { module, task, inputs, outputs } = values;
  if (!module || !task || !inputs || !outputs) throw new Error("--module, --task, --inputs and --outputs are required");
  return { module, task, inputs: pathOf(inputs), outputs: pathOf(outputs) };
}

function pathOf(uri: string): string {
  return uri.startsWith("file://") ? uri.slice("file://".length) : uri;
}

async function loadTask({ module, task }: Arguments): Promise<TypescriptTask> {
  const exported = ((await import(pathToFileURL(module).href)) as Record<string, unknown>)[task];
  if (!isTypescriptTask(exported)) throw new Error(`${module} exports no task ${task} any more; register it again`);
  return exported;
}

function valuesOf({ inputs, defaults = {} }: TypescriptTask, { literals }: Inputs): Record<string, unknown> {
  const given = new Map(literals.map(({ name, value }) => [name, value]));
  return Object.fromEntries(
    Object.entries(inputs).map(([name, type]) => {
      const literal = given.get(name) ?? (name in defaults ? literalOf(type, defaults[name]) : undefined);
      const value = parseLiteral(type, literal);
      if (value === undefined)
        throw new Error(`the input ${name} is ${literal ? "not of the type" : "missing; it is of the type"} ${type}`);
      return [name, value];
    }),
  );
}

function literalsOf(outputs: Signature, result: Record<string, unknown>): Pick<NamedLiteral, "name" | "value">[] {
  return Object.entries(outputs).map(([name, type]) => {
    const value = literalOf(type, result?.[name]);
    if (value === undefined) throw new Error(`the task's output ${name} is no ${type}`);
    return { name, value };
  });
}

function write(directory: string, name: string, bytes: Uint8Array): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${name}.new`), bytes);
  renameSync(join(directory, `${name}.new`), join(directory, name));
}

async function runTask(given: Arguments): Promise<void> {
  try {
    const task = await loadTask(given);
    const inputs = valuesOf(task, fromBinary(InputsSchema, readFileSync(given.inputs)));
    const literals = literalsOf(task.outputs, await task.run(inputs as never));
    write(given.outputs, "outputs.pb", toBinary(OutputsSchema, create(OutputsSchema, { literals })));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const { RECOVERABLE: kind } = ContainerError_Kind;
    const document = { error: { code: "USER", message, kind, origin: ExecutionError_ErrorKind.USER } };
    write(given.outputs, "error.pb", toBinary(ErrorDocumentSchema, create(ErrorDocumentSchema, document)));
  }
}

await runTask(readArguments());
// The file decides how the run came out; what the task left running in this process does not keep it.
process.exit(0);
