import { expect, test } from "vitest";
import { isLiveTerminal, wantsColor } from "./output.ts";

test("a terminal of no width, as in a container without a window, is given one", () => {
  const narrow = { isTTY: true, columns: 0 };
  expect(isLiveTerminal(narrow, { TERM: "xterm" })).toBe(true);
  expect(narrow.columns).toBe(80);
  const wide = { isTTY: true, columns: 132 };
  expect([isLiveTerminal(wide, {}), wide.columns]).toEqual([true, 132]);
});

test("what can only be written on is no live terminal", () => {
  expect(isLiveTerminal({}, {})).toBe(false);
  expect(isLiveTerminal({ isTTY: true, columns: 80 }, { TERM: "dumb" })).toBe(false);
});

test("colours: NO_COLOR, then FORCE_COLOR, then whether it is a terminal", () => {
  const terminal = { isTTY: true };
  expect(wantsColor(terminal, {})).toBe(true);
  expect(wantsColor({}, {})).toBe(false);
  expect(wantsColor(terminal, { NO_COLOR: "1", FORCE_COLOR: "1" })).toBe(false);
  expect(wantsColor(terminal, { NO_COLOR: "" })).toBe(true);
  expect(wantsColor({}, { FORCE_COLOR: "1" })).toBe(true);
  expect(wantsColor(terminal, { FORCE_COLOR: "0" })).toBe(false);
  expect(wantsColor(terminal, { TERM: "dumb" })).toBe(false);
});
