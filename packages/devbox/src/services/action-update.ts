import { create, fromBinary } from "@bufbuild/protobuf";
import {
  ContainerError_Kind,
  type ExecutionError,
  ExecutionError_ErrorKind,
  ExecutionErrorSchema,
} from "@flyte-webhook/idl/flyteidl2/core/execution";
import { LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { ActionType, ErrorInfo_Kind, ErrorInfoSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { type ActionUpdate, ActionUpdateSchema } from "@flyte-webhook/idl/flyteidl2/workflow/state_service";
import { type NewerErrorInfo, newer } from "../newer-fields.ts";
import type { ActionRow } from "../store/actions.ts";
import { readErrorDocument } from "../tasks/outcome.ts";
import { actionDirectory, attemptDirectory, fileUri } from "../tasks/run-files.ts";

/** What a parent is told of an action that it called. */
export function actionUpdateOf(row: ActionRow, dir: string): ActionUpdate {
  const { project, domain, run, name, phase } = row;
  return create(ActionUpdateSchema, {
    actionId: { run: { project, domain, name: run }, name },
    phase,
    outputUri: outputsFor(row, dir),
    ...(row.error && { error: executionErrorOf(row, row.error, dir) }),
    ...(row.value && { value: fromBinary(LiteralSchema, row.value) }),
  });
}

/** A task's directory, in which the parent looks for `outputs.pb`; of a trace the file itself. */
function outputsFor(row: ActionRow, dir: string): string {
  switch (row.kind) {
    case ActionType.TRACE:
      return row.output_uri ?? "";
    case ActionType.CONDITION:
      return "";
    default:
      return row.output_uri?.replace(/\/outputs\.pb$/, "") ?? fileUri(attemptDirectory(dir, keyOf(row), row.attempts));
  }
}

const KINDS = {
  [ErrorInfo_Kind.UNSPECIFIED]: ExecutionError_ErrorKind.UNKNOWN,
  [ErrorInfo_Kind.USER]: ExecutionError_ErrorKind.USER,
  [ErrorInfo_Kind.SYSTEM]: ExecutionError_ErrorKind.SYSTEM,
} as const;

function executionErrorOf(row: ActionRow, bytes: Uint8Array, dir: string): ExecutionError {
  const error = fromBinary(ErrorInfoSchema, bytes);
  // A parent that is tried again calls a trace again only when its failure may pass.
  const trace = row.kind === ActionType.TRACE ? readErrorDocument(actionDirectory(dir, keyOf(row))) : undefined;
  const recoverable = trace !== undefined && "recoverable" in trace && trace.recoverable;
  return create(ExecutionErrorSchema, {
    code: newer<NewerErrorInfo>(error).code || "UnknownError",
    message: error.message,
    kind: KINDS[error.kind] ?? ExecutionError_ErrorKind.UNKNOWN,
    recoverability: recoverable ? ContainerError_Kind.RECOVERABLE : ContainerError_Kind.NON_RECOVERABLE,
  });
}

function keyOf({ project, domain, run, name }: ActionRow) {
  return { project, domain, run, action: name };
}
