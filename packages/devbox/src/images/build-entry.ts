/** The program of the task `build-image`: reads an ImageSpec, builds it, and writes the image's name or what went wrong. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Builder } from "@flyte-webhook/core";
import {
  ContainerError_Kind,
  ErrorDocumentSchema,
  ExecutionError_ErrorKind,
} from "@flyte-webhook/idl/flyteidl2/core/execution";
import { ImageSpecSchema } from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";
import { OutputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { literalOf } from "../typescript-tasks/value-types.ts";
import { dockerfileOf } from "./dockerfile.ts";
import { findBuiltImage, findImageBuilder, type ImageBuilderChoice, LABEL, runProgram } from "./image-builder.ts";
import { IMAGE_OUTPUT } from "./image-task.ts";

/** Lines of a failed build that its error shows. */
const SHOWN_LINES = 20;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function build(builder: Builder, spec: string, context: string, target: string): Promise<string> {
  if (!/^[\w][\w.:/-]*:[\w.-]+$/.test(target)) throw new Error(`${JSON.stringify(target)} is no name:tag of an image`);
  const image = fromBinary(ImageSpecSchema, readFileSync(pathOf(spec)));
  const directory = mkdtempSync(join(tmpdir(), "flyte-image-"));
  try {
    // By the system's tar, which refuses what leads out of the directory.
    if (context !== "") execFileSync("tar", ["-xzf", pathOf(context), "-C", directory, "--no-same-owner"]);
    // Not one that the archive brings, and not in the way of one.
    const dockerfile = dockerfileOf(image);
    rmSync(join(directory, "Dockerfile"), { recursive: true, force: true });
    writeFileSync(join(directory, "Dockerfile"), dockerfile);
    say(dockerfile);
    await step(builder, builder.buildHere(target, LABEL, directory));
    // A name without a registry stays on this machine: there is no other that could pull it.
    if (target.includes("/")) await step(builder, builder.push(target));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const built = await findBuiltImage(builder, target);
  if (built === undefined) throw new Error(`${builder.program} has built ${target}, and does not list it`);
  say(`built ${built}`);
  return built;
}

async function step({ program }: Builder, args: readonly string[]): Promise<void> {
  const { code, lines } = await runProgram(program, args, { onLine: say });
  if (code === 0) return;
  const why = code === undefined ? "it cannot be started" : `exit code ${code}`;
  const last = lines.slice(-SHOWN_LINES).map((line) => `  ${line}`);
  throw new Error([`${program} ${args[0]} failed: ${why}`, ...last].join("\n"));
}

const pathOf = (uri: string): string => uri.replace(/^file:\/\//, "");

function write(directory: string, name: string, bytes: Uint8Array): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${name}.new`), bytes);
  renameSync(join(directory, `${name}.new`), join(directory, name));
}

const [choice = "", outputs = "", spec = "", context = "", target = ""] = process.argv.slice(2);
const directory = pathOf(outputs);
try {
  const builder = await findImageBuilder(choice as ImageBuilderChoice);
  if (!builder) throw new Error("no builder of images answers; start docker, or install podman or buildah");
  const value = literalOf("str", await build(builder, spec, context, target));
  if (!value) throw new Error("the image's name cannot be told");
  const literals = [{ name: IMAGE_OUTPUT, value }];
  write(directory, "outputs.pb", toBinary(OutputsSchema, create(OutputsSchema, { literals })));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  const { NON_RECOVERABLE: kind } = ContainerError_Kind;
  const document = { error: { code: "USER", message, kind, origin: ExecutionError_ErrorKind.USER } };
  write(directory, "error.pb", toBinary(ErrorDocumentSchema, create(ErrorDocumentSchema, document)));
}
