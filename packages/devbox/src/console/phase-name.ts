import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { RECOVERED } from "../store/actions.ts";

/** Of a phase in lower case, such as `timed_out`. */
export function phaseName(phase: ActionPhase): string {
  return phase === RECOVERED ? "recovered" : (ActionPhase[phase] ?? "unknown").toLowerCase();
}

/** The phase of a name; none for a name that is none. */
export function phaseNamed(name: string): ActionPhase[] {
  if (name === "recovered") return [RECOVERED];
  const phase = ActionPhase[name.toUpperCase() as keyof typeof ActionPhase];
  return typeof phase === "number" ? [phase] : [];
}

/** Times of the store are microseconds. */
export const msOf = (micros: number): number => Math.floor(micros / 1000);
export const msOrNull = (micros: number | null): number | null => (micros === null ? null : msOf(micros));
