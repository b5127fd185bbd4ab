import { afterEach, expect, test, vi } from "vitest";
import { nowMicros } from "./time.ts";

afterEach(() => void vi.restoreAllMocks());

test("each moment is later than the one before", () => {
  const moments = Array.from({ length: 10_000 }, nowMicros);
  expect(moments.every((moment, i) => i === 0 || moment > (moments[i - 1] as number))).toBe(true);
});

test("follows the system's clock when the fine one has stood still, as while a laptop sleeps", () => {
  const before = nowMicros();
  const hour = 3_600_000;
  const awake = Date.now() + hour;
  vi.spyOn(Date, "now").mockReturnValue(awake);
  const after = nowMicros();
  expect(Math.abs(after - awake * 1000)).toBeLessThan(1_000_000);
  expect(after - before).toBeGreaterThan((hour - 1000) * 1000);
});
