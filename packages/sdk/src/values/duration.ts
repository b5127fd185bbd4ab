import { isPlainObject, kind, optional, type Read, readOptions } from "../declaration/option.ts";
import type { Loc, Problems } from "../declaration/problems.ts";

/** A length of time in parts, as `Temporal.Duration` is written: `{ minutes: 5 }`, `{ hours: 1, seconds: 30 }`. */
export interface DurationParts {
  readonly hours?: number | undefined;
  readonly minutes?: number | undefined;
  readonly seconds?: number | undefined;
  readonly milliseconds?: number | undefined;
}

/** A whole number of seconds, or parts. */
export type DurationOption = number | DurationParts;

const SECONDS = { hours: 3600, minutes: 60, seconds: 1, milliseconds: 0.001 } as const;

const amount: Read<number> = (value, loc, problems) =>
  typeof value === "number" && Number.isFinite(value)
    ? value
    : problems.add(loc, `should be a number, not ${kind(value)}`);

const PARTS = {
  hours: optional(amount),
  minutes: optional(amount),
  seconds: optional(amount),
  milliseconds: optional(amount),
};

/** Reads a duration to seconds, to the microsecond. */
export function readSeconds(value: unknown, loc: Loc, problems: Problems): number | undefined {
  if (Number.isInteger(value)) return value as number;
  if (!isPlainObject(value)) {
    const what = typeof value === "number" ? String(value) : kind(value);
    return problems.add(loc, `should be a whole number of seconds or parts such as {minutes: 5}, not ${what}`);
  }
  if (Object.values(value).every((part) => part == null)) {
    return problems.add(loc, "should have a part, such as {minutes: 5}");
  }
  const parts = readOptions(PARTS, value, loc, problems);
  const names = Object.keys(SECONDS) as (keyof typeof SECONDS)[];
  return Math.round(names.reduce((sum, name) => sum + (parts[name] ?? 0) * SECONDS[name], 0) * 1e6) / 1e6;
}
