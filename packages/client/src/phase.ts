/** Names of the action phases as the Python SDK spells them, by their number. 10 is newer than the npm descriptors. */
const PHASES = [
  "unspecified",
  "queued",
  "waiting_for_resources",
  "initializing",
  "running",
  "succeeded",
  "failed",
  "aborted",
  "timed_out",
  "paused",
  "recovered",
] as const;

export type PhaseName = (typeof PHASES)[number] | "unknown";

/** A phase newer than this table is `unknown`, never an error. */
export function phaseName(phase: number): PhaseName {
  return PHASES[phase] ?? "unknown";
}

const TERMINAL: ReadonlySet<PhaseName> = new Set(["succeeded", "failed", "aborted", "timed_out", "recovered"]);

export function isTerminal(phase: PhaseName): boolean {
  return TERMINAL.has(phase);
}

/** Whether a run in this phase has outputs. */
export function hasOutputs(phase: PhaseName): boolean {
  return phase === "succeeded" || phase === "recovered";
}
