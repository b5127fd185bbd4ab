import type { Inputs } from "@flyte-webhook/idl/flyteidl2/task/common";
import { failure, type Outcome } from "./outcome.ts";

/** A task type of Flyte's executor that needs no process: it waits for its input `duration`. */
export const CORE_SLEEP = "core-sleep";

/** How long it sleeps, or why it fails at once. */
export function sleepMillis({ literals }: Inputs): number | Outcome {
  const value = literals.find(({ name }) => name === "duration")?.value?.value;
  if (value === undefined) return failure("duration input [duration] is missing");
  const primitive =
    value.case === "scalar" && value.value.value.case === "primitive" ? value.value.value.value : undefined;
  if (primitive?.value.case !== "duration") return failure("duration input [duration] must be a duration literal");
  const { seconds, nanos } = primitive.value.value;
  const millis = Number(seconds) * 1000 + nanos / 1e6;
  return millis < 0 ? failure("duration input [duration] must be non-negative") : millis;
}
