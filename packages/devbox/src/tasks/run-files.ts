import { readFileSync, statSync } from "node:fs";
import { basename, join, resolve, sep } from "node:path";
import type { ActionKey } from "../store/actions.ts";

/**
 * Where things lie below the data directory. Outside it they are known by `file://` and the plain path: what Flyte's
 * Python and a task's `replace("file://", "")` both read back, so nothing is percent-encoded.
 */
export function fileUri(path: string): string {
  return `file://${path}`;
}

/** The path of a `file://` URI below the directory; undefined for every other URI and for what leads out of it. */
export function pathBelow(directory: string, uri: string): string | undefined {
  if (!uri.startsWith("file:///") || uri.includes("\0")) return undefined;
  const path = resolve(uri.slice("file://".length));
  return path.startsWith(directory + sep) ? path : undefined;
}

export type RunKey = Omit<ActionKey, "action">;

/** Names in a key have been checked to be names of directories. */
export function runDirectory(dir: string, { project, domain, run }: RunKey): string {
  return join(dir, "runs", project, domain, run);
}

export function inputsDirectory(dir: string, key: RunKey): string {
  return join(runDirectory(dir, key), "inputs");
}

/** Where a task puts the inputs of what it calls, and the outputs of its traces. */
export function actionDirectory(dir: string, key: ActionKey): string {
  return join(runDirectory(dir, key), key.action);
}

/** The output prefix of one attempt: outputs.pb, error.pb, report.html, and the files of {@link ATTEMPT_FILES}. */
export function attemptDirectory(dir: string, key: ActionKey, attempt: number): string {
  return join(actionDirectory(dir, key), String(attempt));
}

export const ATTEMPT_FILES = {
  outputs: "outputs.pb",
  error: "error.pb",
  report: "report.html",
  /** Standard output and error, in the order written. */
  log: "log.txt",
  /** Made when the command begins. */
  started: "started",
  /** The exit code, written when the command has ended. */
  exit: "exit",
  /** The command's working directory. */
  work: "work",
  checkpoints: "_flytecheckpoints",
} as const;

/** Most bytes that are read into memory at once; messages over the wire are bounded by the same. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Undefined unless there is a file; a pipe or device that a task made is none. Throws for one that is too large. */
export function readIfThere(path: string): Buffer | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return undefined;
  if (found.size > MAX_FILE_BYTES) {
    throw new Error(`${basename(path)} has ${found.size} bytes, more than the ${MAX_FILE_BYTES} that are read`);
  }
  return readFileSync(path);
}
