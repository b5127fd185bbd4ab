/** What a colour stands for. */
export type Tone = "good" | "bad" | "busy" | "idle";

const TONES: Readonly<Record<string, Tone>> = {
  succeeded: "good",
  recovered: "good",
  active: "good",
  started: "good",
  failed: "bad",
  timed_out: "bad",
  aborted: "idle",
  stopped: "idle",
  unspecified: "idle",
  unknown: "idle",
};

/** What is on its way is none of those. */
export const toneOf = (word: string): Tone => TONES[word] ?? "busy";

const OVER = new Set(["succeeded", "recovered", "failed", "timed_out", "aborted"]);
export const isOver = (phase: string): boolean => OVER.has(phase);

/** Phases to filter by, with what a person calls them. */
export const PHASE_FILTERS: readonly (readonly [value: string, label: string])[] = [
  ["", "All phases"],
  ["queued,waiting_for_resources,initializing,running,paused", "Going on"],
  ["succeeded,recovered", "Succeeded"],
  ["failed,timed_out", "Failed"],
  ["aborted", "Aborted"],
];

export const phaseText = (phase: string): string => phase.replaceAll("_", " ");
