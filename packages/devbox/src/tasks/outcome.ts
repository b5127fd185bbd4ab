import { constants } from "node:os";
import { join } from "node:path";
import { create, fromBinary } from "@bufbuild/protobuf";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import {
  ContainerError_Kind,
  ErrorDocumentSchema,
  ExecutionError_ErrorKind,
} from "@flyte-webhook/idl/flyteidl2/core/execution";
import { OutputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { type ErrorInfo, ErrorInfo_Kind, ErrorInfoSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { type NewerErrorInfo, newer } from "../newer-fields.ts";
import { logTail } from "./log-tail.ts";
import { ATTEMPT_FILES, readIfThere } from "./run-files.ts";

export type Outcome =
  | { readonly phase: ActionPhase.SUCCEEDED; readonly outputs: Uint8Array }
  | {
      readonly phase: ActionPhase.FAILED | ActionPhase.TIMED_OUT;
      readonly error: ErrorInfo;
      /** Whether another attempt may be made when the task has one left. */
      readonly recoverable: boolean;
    };

/**
 * How an attempt whose process has ended came out. The files decide, not the exit code: Python's runtime exits with 0
 * after writing error.pb. Without them the exit code does, and without that the process was killed together with the
 * shell that would have written it.
 */
export function readOutcome(directory: string, declaredOutputs: readonly string[]): Outcome {
  try {
    return outcomeOf(directory, declaredOutputs);
  } catch (error) {
    const message = `the task's results could not be read: ${(error as Error).message}`;
    return failure(message, { kind: ErrorInfo_Kind.SYSTEM });
  }
}

function outcomeOf(directory: string, declaredOutputs: readonly string[]): Outcome {
  const file = (name: keyof typeof ATTEMPT_FILES) => join(directory, ATTEMPT_FILES[name]);
  const error = readErrorDocument(directory);
  if (error) return error;
  const exit = exitCode(directory);
  const outputs = readIfThere(file("outputs"));
  if (outputs && (exit === 0 || exit === undefined)) {
    if (isOutputs(outputs)) return { phase: ActionPhase.SUCCEEDED, outputs };
    return failure("the task wrote an outputs.pb that is not readable", { kind: ErrorInfo_Kind.SYSTEM });
  }
  const end = withTail(file("log"));
  if (exit === 0) {
    if (declaredOutputs.length === 0) return { phase: ActionPhase.SUCCEEDED, outputs: new Uint8Array() };
    const names = declaredOutputs.map((name) => JSON.stringify(name)).join(", ");
    return failure(`the task ended with exit code 0 but wrote no outputs.pb; its outputs are ${names}${end}`, {
      kind: ErrorInfo_Kind.SYSTEM,
    });
  }
  if (exit === undefined) {
    return failure(`the task's process was killed before it wrote outputs or an error${end}`, {
      kind: ErrorInfo_Kind.SYSTEM,
      recoverable: true,
    });
  }
  return failure(`the task ended with ${exitText(exit)}${end}`, { recoverable: true });
}

export function failure(
  message: string,
  {
    kind = ErrorInfo_Kind.USER,
    recoverable = false,
    code = "",
  }: { kind?: ErrorInfo_Kind; recoverable?: boolean; code?: string } = {},
): Outcome {
  return { phase: ActionPhase.FAILED, error: errorInfo(message, kind, code), recoverable };
}

/** Which of a task's bounds was passed; Python's SDK raises another error for each. */
export type TimeoutCode = "MAX_RUNTIME_EXCEEDED" | "DEADLINE_EXCEEDED" | "QUEUED_TIMEOUT_EXCEEDED";

export function timeoutError(code: TimeoutCode, message: string): ErrorInfo {
  return errorInfo(message, ErrorInfo_Kind.USER, code);
}

function errorInfo(message: string, kind: ErrorInfo_Kind, code: string): ErrorInfo {
  const error = create(ErrorInfoSchema, { message, kind });
  newer<NewerErrorInfo>(error).code = code;
  return error;
}

/** A process that is past its time is retried like one that failed, unless it is the whole action's time. */
export function timedOut(code: TimeoutCode, message: string, recoverable: boolean): Outcome {
  return { phase: ActionPhase.TIMED_OUT, error: timeoutError(code, message), recoverable };
}

/** Undefined when the command's end was not recorded. */
export function exitCode(directory: string): number | undefined {
  const text = readIfThere(join(directory, ATTEMPT_FILES.exit))?.toString().trim();
  return text === undefined || !/^\d{1,3}$/.test(text) ? undefined : Number(text);
}

/** Whether the command ever began: only then may an attempt not be made again. */
export function hasBegun(directory: string): boolean {
  try {
    return readIfThere(join(directory, ATTEMPT_FILES.started)) !== undefined;
  } catch {
    // Nobody but the command makes it unreadable.
    return true;
  }
}

/** The failure that an error.pb in the directory tells of; undefined when there is none. */
export function readErrorDocument(directory: string): Outcome | undefined {
  const bytes = readIfThere(join(directory, ATTEMPT_FILES.error));
  if (!bytes) return undefined;
  try {
    const { error } = fromBinary(ErrorDocumentSchema, bytes);
    const system = error?.origin === ExecutionError_ErrorKind.SYSTEM;
    return failure(error?.message || error?.code || "the task failed without a message", {
      kind: system ? ErrorInfo_Kind.SYSTEM : ErrorInfo_Kind.USER,
      recoverable: error?.kind === ContainerError_Kind.RECOVERABLE,
      code: error?.code ?? "",
    });
  } catch {
    return failure("the task wrote an error.pb that is not readable", { kind: ErrorInfo_Kind.SYSTEM });
  }
}

function isOutputs(bytes: Uint8Array): boolean {
  try {
    fromBinary(OutputsSchema, bytes);
    return true;
  } catch {
    return false;
  }
}

function withTail(log: string): string {
  const tail = logTail(log);
  return tail ? `; the end of its output:\n${tail}` : "; it wrote no output";
}

/** A shell reports a command that a signal ended as 128 and the signal's number. */
function exitText(code: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return signal ? `exit code ${code} (${signal})` : `exit code ${code}`;
}
