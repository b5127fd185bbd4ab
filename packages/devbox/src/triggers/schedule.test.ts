import { create } from "@bufbuild/protobuf";
import { FixedRateUnit, TriggerAutomationSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { describe, expect, test } from "vitest";
import { scheduleOf } from "./schedule.ts";

const micros = (time: string) => Date.parse(time) * 1000;
const shown = (at: number | null | undefined) => (at == null ? at : new Date(at / 1000).toISOString());

function cron(expression: string, timezone = "") {
  const schedule = { expression: { case: "cron", value: { expression, timezone } } } as const;
  return scheduleOf("t", create(TriggerAutomationSpecSchema, { automation: { case: "schedule", value: schedule } }));
}

function rate(value: number, unit: FixedRateUnit, start?: string) {
  const startTime = start === undefined ? {} : { startTime: { seconds: BigInt(Date.parse(start) / 1000) } };
  const schedule = { expression: { case: "rate", value: { value, unit, ...startTime } } } as const;
  return scheduleOf("t", create(TriggerAutomationSpecSchema, { automation: { case: "schedule", value: schedule } }));
}

describe("cron", () => {
  test.each([
    ["0 6 * * *", "Europe/Berlin", "2026-06-01T05:00:00Z", "2026-06-02T04:00:00.000Z"],
    ["CRON_TZ=Europe/Berlin 0 6 * * *", "", "2026-01-01T00:00:00Z", "2026-01-01T05:00:00.000Z"],
    ["0 6 * * *", "", "2026-06-01T05:00:00Z", "2026-06-01T06:00:00.000Z"],
    ["@hourly", "", "2026-06-01T05:00:00Z", "2026-06-01T06:00:00.000Z"],
    ["5/15 * * * *", "", "2026-06-01T05:06:00Z", "2026-06-01T05:20:00.000Z"],
    ["0 0 1 * MON", "", "2026-06-02T00:00:00Z", "2026-06-08T00:00:00.000Z"],
    ["@every 1m30s", "", "2026-06-01T05:00:00.400Z", "2026-06-01T05:01:30.000Z"],
  ])("%s in %j after %s is %s", (expression, zone, after, next) => {
    expect(shown(cron(expression, zone)?.after(micros(after)))).toBe(next);
  });

  test("a time that summer time skips comes after the gap, one that comes twice is taken once", () => {
    const schedule = cron("30 2 * * *", "Europe/Berlin");
    const spring = schedule?.after(micros("2026-03-28T12:00:00Z"));
    expect(shown(spring)).toBe("2026-03-29T01:00:00.000Z");
    expect(shown(schedule?.after(spring ?? 0))).toBe("2026-03-30T00:30:00.000Z");
    const autumn = schedule?.after(micros("2026-10-24T12:00:00Z"));
    expect(shown(autumn)).toBe("2026-10-25T00:30:00.000Z");
    expect(shown(schedule?.after(autumn ?? 0))).toBe("2026-10-26T01:30:00.000Z");
  });

  test("the newest of what was missed, also when it is just now", () => {
    const first = micros("2026-06-01T00:00:00Z");
    expect(shown(cron("*/5 * * * *")?.latest(first, micros("2026-06-03T07:13:00Z")))).toBe("2026-06-03T07:10:00.000Z");
    expect(shown(cron("*/5 * * * *")?.latest(first, first))).toBe("2026-06-01T00:00:00.000Z");
  });

  test("a date that never comes", () => {
    expect(cron("0 0 30 2 *")?.after(micros("2026-06-01T00:00:00Z"))).toBeNull();
  });

  test.each([
    ["0 0 3 * * *", "", "expected exactly 5 fields, found 6"],
    ["61 * * * *", "", "61"],
    ["", "", "empty spec string"],
    ["0 3 L * *", "", "failed to parse"],
    ["0 3 * * 7", "", "failed to parse"],
    ["@every soon", "", "failed to parse the duration"],
    ["0 3 * * *", "Mars/Olympus", "unknown time zone Mars/Olympus"],
    ["CRON_TZ=UTC 0 3 * * *", "UTC", "the time zone is given twice"],
  ])("%j in %j is refused", (expression, zone, problem) => {
    expect(() => cron(expression, zone)).toThrow(`[invalid_argument] trigger "t" has invalid cron expression`);
    expect(() => cron(expression, zone)).toThrow(problem);
  });
});

describe("a fixed rate", () => {
  test("counts from its start, however much later one asks", () => {
    const schedule = rate(5, FixedRateUnit.MINUTE, "2026-06-01T00:02:00Z");
    expect(shown(schedule?.after(micros("2026-05-01T00:00:00Z")))).toBe("2026-06-01T00:02:00.000Z");
    expect(shown(schedule?.after(micros("2026-06-01T00:02:00Z")))).toBe("2026-06-01T00:07:00.000Z");
    expect(shown(schedule?.after(micros("2026-06-01T01:00:00Z")))).toBe("2026-06-01T01:02:00.000Z");
  });

  test("counts from the firing before where it has no start", () => {
    const schedule = rate(2, FixedRateUnit.HOUR);
    expect(shown(schedule?.after(micros("2026-06-01T00:00:00Z")))).toBe("2026-06-01T02:00:00.000Z");
    const latest = schedule?.latest(micros("2026-06-01T02:00:00Z"), micros("2026-06-01T09:00:00Z"));
    expect(shown(latest)).toBe("2026-06-01T08:00:00.000Z");
  });

  test.each([
    [0, FixedRateUnit.MINUTE],
    [5, FixedRateUnit.UNSPECIFIED],
  ])("of %i %i is refused", (value, unit) => {
    expect(() => rate(value, unit)).toThrow(`[invalid_argument] trigger "t" has an invalid rate`);
  });
});
