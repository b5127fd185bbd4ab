import { expect, test } from "vitest";
import { rfc3339 } from "./rfc3339.ts";

test("is what Date makes of the same instant", () => {
  for (const ms of [
    0, 1, -1, 951_782_399_999, 951_782_400_000, 1_764_000_000_123, -62_135_596_800_000, 253_402_300_799_999,
  ]) {
    const seconds = Math.floor(ms / 1000);
    const nanos = (ms - seconds * 1000) * 1e6 + 999_999;
    expect(rfc3339({ seconds: BigInt(seconds), nanos })).toBe(new Date(ms).toISOString());
  }
});
