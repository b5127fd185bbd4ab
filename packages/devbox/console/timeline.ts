import type { ActionState, AttemptState } from "../src/console/live-state.ts";

/** An action in the order it is shown, below the one that called it. */
export interface TreeRow {
  readonly action: ActionState;
  /** 1 for the root. */
  readonly level: number;
  readonly children: number;
}

/** Depth first, callers before what they called, the earliest first; what is below a name in `folded` is left out. */
export function treeRows(actions: readonly ActionState[], folded: ReadonlySet<string>): TreeRow[] {
  const names = new Set(actions.map(({ name }) => name));
  const below = new Map<string, ActionState[]>();
  for (const action of actions) {
    // What is called by an action that is not told stands at the top, so that nothing is lost.
    const parent = names.has(action.parent) && action.parent !== action.name ? action.parent : "";
    below.set(parent, [...(below.get(parent) ?? []), action]);
  }
  const rows: TreeRow[] = [];
  const add = (parent: string, level: number) => {
    for (const action of below.get(parent) ?? []) {
      rows.push({ action, level, children: below.get(action.name)?.length ?? 0 });
      if (!folded.has(action.name)) add(action.name, level + 1);
    }
  };
  add("", 1);
  return rows;
}

/** A stretch of an action's time. `ended` is null for one that goes on. */
export interface Segment {
  readonly kind: "waiting" | "running";
  /** How the attempt ended or stands, for its colour. */
  readonly phase: string;
  readonly beginMs: number;
  readonly endMs: number | null;
}

/** What an action did when: waiting and running, attempt by attempt. What has no attempts is one stretch. */
export function segmentsOf({ createdMs, endedMs, phase, attempts }: ActionState): Segment[] {
  const segments = attempts.flatMap((attempt, index) => {
    const from = index === 0 ? createdMs : (attempts[index - 1]?.endedMs ?? attempt.queuedMs ?? createdMs);
    return segmentsOfAttempt(attempt, from, endedMs);
  });
  if (segments.length > 0) return segments;
  const waits = phase === "queued" || phase === "paused" || phase === "waiting_for_resources";
  return [{ kind: waits ? "waiting" : "running", phase, beginMs: createdMs, endMs: endedMs }];
}

function segmentsOfAttempt(attempt: AttemptState, fromMs: number, actionEndMs: number | null): Segment[] {
  const { phase, runningMs } = attempt;
  const endMs = attempt.endedMs ?? actionEndMs;
  const begin = Math.min(fromMs, runningMs ?? fromMs);
  if (runningMs === null) return [{ kind: "waiting", phase, beginMs: begin, endMs }];
  const running: Segment = { kind: "running", phase, beginMs: runningMs, endMs };
  return runningMs > begin ? [{ kind: "waiting", phase, beginMs: begin, endMs: runningMs }, running] : [running];
}

export interface Scale {
  readonly beginMs: number;
  /** Milliseconds from one side to the other; at least one. */
  readonly spanMs: number;
  /** Where the scale has lines, in milliseconds from its begin. */
  readonly ticksMs: readonly number[];
}

/**
 * The time that the actions take together. While one goes on, the end is a round time ahead of `nowMs`, so that the scale
 * does not creep with each second.
 */
export function scaleOf(actions: readonly ActionState[], nowMs: number): Scale {
  const beginMs = actions.reduce((least, { createdMs }) => Math.min(least, createdMs), actions[0]?.createdMs ?? nowMs);
  const open = actions.some(({ endedMs }) => endedMs === null);
  const lastMs = actions.reduce((latest, { endedMs }) => Math.max(latest, endedMs ?? nowMs), beginMs);
  const wanted = Math.max(1, lastMs - beginMs);
  const spanMs = open ? roundUp(Math.max(1000, wanted * 1.1)) : wanted;
  const step = roundUp(spanMs / 5);
  const ticksMs: number[] = [];
  for (let tick = 0; tick < spanMs; tick += step) ticksMs.push(tick);
  return { beginMs, spanMs, ticksMs };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ROUND = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((ms) => ms),
  ...[1, 2, 5, 10, 20, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 4, 8, 12].map((hours) => hours * HOUR),
];

function roundUp(ms: number): number {
  return ROUND.find((round) => round >= ms) ?? Math.ceil(ms / (24 * HOUR)) * 24 * HOUR;
}

/** A time of the scale, from its begin: `0`, `200 ms`, `1.5 s`, `2 min`. */
export function tickText(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 1000) return `${ms} ms`;
  if (ms < MINUTE) return `${ms / 1000} s`;
  return ms < HOUR ? `${ms / MINUTE} min` : `${ms / HOUR} h`;
}
