import { expect, test } from "vitest";
import { jsonPieces } from "./json-text.ts";
import { addLines, MAX_LINES, NO_LINES } from "./log-lines.ts";
import { distanceText, spanText } from "./time.ts";

test("spans are as exact as one reads them", () => {
  const spans = [0, 40, 999, 1400, 9940, 9960, 59_400, 59_900, 185_000, 7_800_000, 172_900_000, -5].map(spanText);
  expect(spans).toEqual([
    ...["0 ms", "40 ms", "999 ms", "1.4 s", "9.9 s", "10 s", "59 s", "1 min", "3 min 5 s", "2 h 10 min"],
    ...["2 days", "0 ms"],
  ]);
});

test("moments are told by how far away they are", () => {
  const at = (ms: number) => distanceText(1_000_000 + ms, 1_000_000);
  expect([at(0), at(-12_000), at(5000), at(-90_000), at(3 * 3_600_000), at(-5 * 86_400_000)]).toEqual([
    ...["just now", "12 s ago", "in 5 s", "1 min ago", "in 3 h", "5 days ago"],
  ]);
});

test("the pieces of JSON are the whole of it", () => {
  const text = JSON.stringify({ a: 'x: "1"', b: [1, -2.5e30, true, null], "c\\": {} }, null, 2);
  const pieces = jsonPieces(text);
  expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  const of = (kind: string) => pieces.filter((piece) => piece.kind === kind).map((piece) => piece.text);
  expect(of("key")).toEqual(['"a"', '"b"', '"c\\\\"']);
  expect(of("text")).toEqual(['"x: \\"1\\""']);
  expect(of("number")).toEqual(["1", "-2.5e+30"]);
  expect(of("word")).toEqual(["true", "null"]);
});

test("a log keeps its newest lines, without the colours of a terminal", () => {
  expect(addLines(NO_LINES, ["\u001b[32mgreen\u001b[0m text\r"]).lines).toEqual(["green text"]);
  const many = addLines(
    addLines(NO_LINES, ["first"]),
    Array.from({ length: MAX_LINES }, (_, line) => `${line}`),
  );
  expect([many.lines.length, many.dropped, many.lines[0], many.lines.at(-1)]).toEqual([
    MAX_LINES,
    1,
    "0",
    `${MAX_LINES - 1}`,
  ]);
});
