import type { Duration } from "@bufbuild/protobuf/wkt";
import type { TaskMetadata } from "@flyte-webhook/idl/flyteidl2/core/tasks";
import { ActionType } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { ActionRow } from "../store/actions.ts";
import { type Outcome, timedOut, timeoutError } from "./outcome.ts";

/** Longest delay that Node's timers take; who waits for longer looks again then. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** When a queued attempt has timed out, in microseconds; null for never. */
export function expiryOf(
  metadata: TaskMetadata | undefined,
  { createdAt, queuedAt }: { createdAt: number; queuedAt: number },
): number | null {
  const queued = millis(metadata?.timeouts?.queuedTimeout);
  const action = millis(metadata?.timeouts?.deadline);
  const times = [
    queued === undefined ? [] : [queuedAt + queued * 1000],
    action === undefined ? [] : [createdAt + action * 1000],
  ].flat();
  return times.length > 0 ? Math.round(Math.min(...times)) : null;
}

/**
 * Calls `expire` when the attempt has run for the task's `timeout`, or when the whole action has reached its `deadline`;
 * only the first leaves room for another attempt. Returns what cancels both.
 */
export function enforceLimits(
  metadata: TaskMetadata | undefined,
  { createdAt, beganAt }: { createdAt: number; beganAt: number },
  expire: (outcome: Outcome) => void,
): () => void {
  const timers = new Set<NodeJS.Timeout>();
  const at = (micros: number, outcome: Outcome) => {
    const left = micros / 1000 - Date.now();
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        if (left > MAX_TIMER_MS) at(micros, outcome);
        else expire(outcome);
      },
      Math.min(Math.max(left, 0), MAX_TIMER_MS),
    );
    timers.add(timer);
  };
  const attempt = millis(metadata?.timeout);
  const action = millis(metadata?.timeouts?.deadline);
  if (attempt !== undefined) {
    const message = `the task ran longer than its timeout of ${attempt / 1000} s`;
    at(beganAt + attempt * 1000, timedOut("MAX_RUNTIME_EXCEEDED", message, true));
  }
  if (action !== undefined) {
    const message = `the task did not end before its deadline of ${action / 1000} s`;
    at(createdAt + action * 1000, timedOut("DEADLINE_EXCEEDED", message, false));
  }
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}

/** Why an action has timed out that never began, or a condition that nobody signalled. */
export function waitedTooLong({ kind }: Pick<ActionRow, "kind">) {
  if (kind === ActionType.CONDITION)
    return timeoutError("DEADLINE_EXCEEDED", "the condition was not signalled before its time was over");
  return timeoutError("QUEUED_TIMEOUT_EXCEEDED", "the task did not begin before its time was over");
}

/** Zero and absent are no bound, as Flyte's protos say. */
function millis(duration: Duration | undefined): number | undefined {
  const value = duration ? Number(duration.seconds) * 1000 + duration.nanos / 1e6 : 0;
  return value > 0 ? value : undefined;
}
