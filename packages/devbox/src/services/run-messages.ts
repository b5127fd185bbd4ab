import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import { TaskSpecSchema, TraceSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import {
  type ActionAttemptSchema,
  type ActionDetailsSchema,
  ActionMetadataSchema,
  type ActionSchema,
  ActionType,
  ConditionActionSchema,
  type ErrorInfo,
  ErrorInfoSchema,
  type PhaseTransitionSchema,
  type RunDetailsSchema,
  type RunSchema,
} from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { type NewerActionDetails, type NewerErrorInfo, newer } from "../newer-fields.ts";
import type { CallerProfile } from "../server/caller.ts";
import { type ActionRow, type ActionSummary, RECOVERED, TERMINAL } from "../store/actions.ts";
import type { AttemptRow } from "../store/attempts.ts";
import { timestampOf } from "../store/time.ts";
import { ATTEMPT_FILES, attemptDirectory, fileUri } from "../tasks/run-files.ts";

type Init<T extends Parameters<typeof fromBinary>[0]> = MessageInitShape<T>;

export function runOf(row: ActionSummary): Init<typeof RunSchema> {
  return { action: actionWithMetadata(row) };
}

export function actionWithMetadata(row: ActionSummary): Init<typeof ActionSchema> {
  return { id: idOf(row), metadata: fromBinary(ActionMetadataSchema, row.metadata), status: statusOf(row) };
}

/** In a list of actions a root has no metadata, as on a real plane; those below it say what they are. */
export function actionOf(row: ActionSummary): Init<typeof ActionSchema> {
  return row.parent === "" ? { id: idOf(row), metadata: {}, status: statusOf(row) } : actionWithMetadata(row);
}

export function runDetailsOf(
  row: ActionRow,
  attempts: readonly AttemptRow[],
  dir: string,
): Init<typeof RunDetailsSchema> {
  return { runSpec: fromBinary(RunSpecSchema, row.run_spec), action: actionDetailsOf(row, attempts, dir) };
}

export function actionDetailsOf(
  row: ActionRow,
  attempts: readonly AttemptRow[],
  dir: string,
): Init<typeof ActionDetailsSchema> {
  const details: Init<typeof ActionDetailsSchema> = {
    id: idOf(row),
    metadata: fromBinary(ActionMetadataSchema, row.metadata),
    status: statusOf(row),
    result: resultOf(row),
    attempts: attempts.map((attempt) => attemptOf(row, attempt, dir)),
  };
  return Object.assign(details, specOf(row));
}

/** A condition's outcome is a value, not a file. */
export function hasOutputs({ phase, kind }: ActionSummary): boolean {
  return (phase === ActionPhase.SUCCEEDED || phase === RECOVERED) && kind !== ActionType.CONDITION;
}

function specOf(row: ActionRow): Pick<Init<typeof ActionDetailsSchema>, "spec"> | NewerActionDetails {
  switch (row.kind) {
    case ActionType.TRACE:
      return { spec: { case: "trace", value: fromBinary(TraceSpecSchema, row.spec) } };
    case ActionType.CONDITION: {
      const condition: NewerActionDetails = { condition: fromBinary(ConditionActionSchema, row.spec) };
      if (row.value) condition.signalInfo = { output: fromBinary(LiteralSchema, row.value) };
      return condition;
    }
    default:
      return { spec: { case: "task", value: fromBinary(TaskSpecSchema, row.spec) } };
  }
}

/** Where an attempt's outputs are, or would be. */
export function outputUri(row: ActionRow, attempt: number, dir: string): string {
  return row.output_uri ?? fileUri(`${directoryOf(row, attempt, dir)}/${ATTEMPT_FILES.outputs}`);
}

/** Nothing can follow: the action has ended and so has each of its attempts. */
export function isOver(row: ActionSummary, attempts: readonly AttemptRow[]): boolean {
  return TERMINAL.has(row.phase) && attempts.every(({ ended_at }) => ended_at !== null);
}

function idOf({ project, domain, run, name }: ActionSummary) {
  return { run: { project, domain, name: run }, name };
}

function statusOf({ phase, created_at, ended_at, attempts, cache_status }: ActionSummary) {
  return {
    phase,
    startTime: timestampOf(created_at),
    attempts,
    cacheStatus: cache_status,
    ...(ended_at !== null && {
      endTime: timestampOf(ended_at),
      durationMs: BigInt(Math.round((ended_at - created_at) / 1000)),
    }),
  };
}

function resultOf(row: ActionRow): NonNullable<Init<typeof ActionDetailsSchema>["result"]> {
  if (row.phase === ActionPhase.ABORTED) {
    const by = row.aborted_by;
    const abortedBy = by === null ? {} : { abortedBy: userOf(by) };
    return { case: "abortInfo", value: { reason: row.abort_reason ?? "", ...abortedBy } };
  }
  return row.error ? { case: "errorInfo", value: errorOf(row.error, row.phase) } : { case: undefined };
}

/**
 * A real plane tells no code, only the parent of an action learns it. Of a time-out, which a real plane knows none of,
 * the code says which bound was passed, and Python's client raises by it.
 */
function errorOf(bytes: Uint8Array, phase: ActionPhase): ErrorInfo {
  const error = fromBinary(ErrorInfoSchema, bytes);
  if (phase !== ActionPhase.TIMED_OUT) newer<NewerErrorInfo>(error).code = "";
  return error;
}

/** The identity that a message shows for a caller. */
export function userOf(subject: string, profile?: CallerProfile) {
  const user = { id: { subject }, ...(profile && { spec: profile }) };
  return { principal: { case: "user", value: user } } as const;
}

function attemptOf(row: ActionRow, attempt: AttemptRow, dir: string): Init<typeof ActionAttemptSchema> {
  const { phase, ended_at, error, cache_status } = attempt;
  const began = attempt.queued_at ?? attempt.running_at ?? ended_at;
  const directory = fileUri(directoryOf(row, attempt.attempt, dir));
  return {
    phase,
    ...(began !== null && { startTime: timestampOf(began) }),
    ...(ended_at !== null && { endTime: timestampOf(ended_at) }),
    ...(error && { errorInfo: errorOf(error, phase) }),
    attempt: attempt.attempt,
    outputs: {
      outputUri: `${directory}/${ATTEMPT_FILES.outputs}`,
      reportUri: `${directory}/${ATTEMPT_FILES.report}`,
    },
    cacheStatus: cache_status,
    phaseTransitions: transitionsOf(attempt),
  };
}

/** Each phase ends where the next one begins; the last one of an ended attempt is a moment. */
function transitionsOf({ phase, queued_at, running_at, ended_at }: AttemptRow): Init<typeof PhaseTransitionSchema>[] {
  const steps: [ActionPhase, begin: number | null, end: number | null][] = [
    [ActionPhase.QUEUED, queued_at, running_at ?? ended_at],
    [ActionPhase.RUNNING, running_at, ended_at],
    [phase, ended_at, ended_at],
  ];
  return steps.flatMap(([step, begin, end]) =>
    begin === null
      ? []
      : [{ phase: step, startTime: timestampOf(begin), ...(end !== null && { endTime: timestampOf(end) }) }],
  );
}

function directoryOf({ project, domain, run, name }: ActionSummary, attempt: number, dir: string): string {
  return attemptDirectory(dir, { project, domain, run, action: name }, attempt);
}
