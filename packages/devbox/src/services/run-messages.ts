import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import {
  type ActionAttemptSchema,
  type ActionDetailsSchema,
  ActionMetadataSchema,
  type ActionSchema,
  ErrorInfoSchema,
  type PhaseTransitionSchema,
  type RunDetailsSchema,
  type RunSchema,
} from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { type ActionRow, type ActionSummary, TERMINAL } from "../store/actions.ts";
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

/** Without metadata: a list of actions shows parent and group only, and a root action has neither. */
export function actionOf(row: ActionSummary): Init<typeof ActionSchema> {
  return { id: idOf(row), metadata: {}, status: statusOf(row) };
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
  return {
    id: idOf(row),
    metadata: fromBinary(ActionMetadataSchema, row.metadata),
    status: statusOf(row),
    result: resultOf(row),
    spec: { case: "task", value: fromBinary(TaskSpecSchema, row.spec) },
    attempts: attempts.map((attempt) => attemptOf(row, attempt, dir)),
  };
}

/** Where an attempt's outputs are, or would be. */
export function outputUri(row: ActionSummary, attempt: number, dir: string): string {
  return fileUri(`${directoryOf(row, attempt, dir)}/${ATTEMPT_FILES.outputs}`);
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
  return row.error ? { case: "errorInfo", value: fromBinary(ErrorInfoSchema, row.error) } : { case: undefined };
}

/** The identity that a message shows for a caller. */
export function userOf(subject: string) {
  return { principal: { case: "user", value: { id: { subject } } } } as const;
}

function attemptOf(row: ActionRow, attempt: AttemptRow, dir: string): Init<typeof ActionAttemptSchema> {
  const { phase, ended_at, error, cache_status } = attempt;
  const began = attempt.queued_at ?? attempt.running_at ?? ended_at;
  const directory = fileUri(directoryOf(row, attempt.attempt, dir));
  return {
    phase,
    ...(began !== null && { startTime: timestampOf(began) }),
    ...(ended_at !== null && { endTime: timestampOf(ended_at) }),
    ...(error && { errorInfo: fromBinary(ErrorInfoSchema, error) }),
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
