import { expect, test } from "vitest";
import type { ActionState, AttemptState } from "../src/console/live-state.ts";
import { scaleOf, segmentsOf, tickText, treeRows } from "./timeline.ts";

const action = (name: string, parent = "", more: Partial<ActionState> = {}): ActionState => ({
  name,
  parent,
  kind: "task",
  title: name,
  task: name,
  group: "",
  phase: "succeeded",
  createdMs: 0,
  endedMs: 1000,
  cache: "",
  message: "",
  attempts: [],
  ...more,
});

const attempt = (
  number: number,
  times: [queued: number | null, running: number | null, ended: number | null],
  phase = "succeeded",
): AttemptState => ({
  attempt: number,
  phase,
  queuedMs: times[0],
  runningMs: times[1],
  endedMs: times[2],
  hasLog: true,
  message: "",
});

test("actions stand below the ones that called them, unless they are folded away", () => {
  const actions = [action("a0"), action("b", "a0"), action("c", "a0"), action("d", "b")];
  const shown = (folded: string[]) =>
    treeRows(actions, new Set(folded)).map(({ action, level }) => `${level}${action.name}`);
  expect(shown([])).toEqual(["1a0", "2b", "3d", "2c"]);
  expect(shown(["b"])).toEqual(["1a0", "2b", "2c"]);
  expect(shown(["a0"])).toEqual(["1a0"]);
  expect(treeRows(actions, new Set()).map(({ children }) => children)).toEqual([2, 1, 0, 0]);
});

test("an action whose caller is not told is not lost, nor one that names itself", () => {
  const rows = treeRows([action("a0"), action("x", "gone"), action("self", "self")], new Set());
  expect(rows.map(({ action, level }) => `${level}${action.name}`)).toEqual(["1a0", "1x", "1self"]);
});

test("the time of an action is what it waited and ran, attempt by attempt", () => {
  const segments = segmentsOf(
    action("a", "", {
      createdMs: 0,
      endedMs: null,
      phase: "running",
      attempts: [attempt(1, [5, 100, 400], "failed"), attempt(2, [900, 1000, null], "running")],
    }),
  );
  expect(segments).toEqual([
    { kind: "waiting", phase: "failed", beginMs: 0, endMs: 100 },
    { kind: "running", phase: "failed", beginMs: 100, endMs: 400 },
    { kind: "waiting", phase: "running", beginMs: 400, endMs: 1000 },
    { kind: "running", phase: "running", beginMs: 1000, endMs: null },
  ]);
});

test("what has no attempts, and what never ran, is one stretch", () => {
  expect(segmentsOf(action("trace", "", { createdMs: 3, endedMs: 9 }))).toEqual([
    { kind: "running", phase: "succeeded", beginMs: 3, endMs: 9 },
  ]);
  expect(segmentsOf(action("queued", "", { phase: "queued", endedMs: null }))).toMatchObject([{ kind: "waiting" }]);
  const never = action("aborted", "", {
    phase: "aborted",
    endedMs: 50,
    attempts: [attempt(1, [0, null, 50], "aborted")],
  });
  expect(segmentsOf(never)).toEqual([{ kind: "waiting", phase: "aborted", beginMs: 0, endMs: 50 }]);
});

test("the scale of a run that is over is its own time, and has round lines", () => {
  const scale = scaleOf([action("a", "", { createdMs: 1000, endedMs: 8000 })], 0);
  expect(scale).toEqual({ beginMs: 1000, spanMs: 7000, ticksMs: [0, 2000, 4000, 6000] });
  expect(scale.ticksMs.map(tickText)).toEqual(["0", "2 s", "4 s", "6 s"]);
});

test("the scale of a run that goes on changes only now and then", () => {
  const open = [action("a", "", { createdMs: 0, endedMs: null })];
  const spans = new Set(Array.from({ length: 40 }, (_, second) => scaleOf(open, 1000 * second).spanMs));
  expect([...spans]).toEqual([1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000]);
});

test("any length has few lines", () => {
  for (const ms of [1, 7, 90, 4321, 61_000, 3_600_000, 40_000_000, 9e8]) {
    const { ticksMs } = scaleOf([action("a", "", { createdMs: 0, endedMs: ms })], 0);
    expect(ticksMs.length, `${ms}`).toBeGreaterThanOrEqual(1);
    expect(ticksMs.length, `${ms}`).toBeLessThanOrEqual(6);
  }
});
