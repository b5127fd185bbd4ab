import { expect, test } from "vitest";
import { parseBytes } from "./sizes.ts";
import { parseDuration } from "./times.ts";

test.each([
  ["20GB", 20e9],
  ["20GiB", 20 * 1024 ** 3],
  ["1.5 m", 1.5e6],
  ["700", 700],
  ["2TB", 2e12],
])("%s is a size", (text, bytes) => expect(parseBytes(text)).toBe(bytes));

test.each(["", "0", "GB", "-1GB", "1XB", "20 GB of it", "99999999TB"])("%j is no size", (text) =>
  expect(() => parseBytes(text)).toThrow("20GB"),
);

test.each([
  ["90m", 5_400_000],
  ["12h", 43_200_000],
  ["30d", 2_592_000_000],
  ["4w", 2_419_200_000],
])("%s is a duration", (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

test.each(["", "0d", "30", "d", "-1d", "1y"])("%j is no duration", (text) =>
  expect(() => parseDuration(text)).toThrow("30d"),
);
