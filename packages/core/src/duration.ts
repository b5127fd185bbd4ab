/** Durations: a number of seconds, or a text such as `"90s"`, `"5m"`, `"1h30m"`, `"250ms"`. */

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export type Duration = number | `${number}${keyof typeof UNIT_MS}` | (string & {});

/** Milliseconds of a duration, or `undefined` when it is none. A bare number is seconds. */
export function parseDurationMs(value: Duration): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value * 1000 : undefined;
  if (typeof value !== "string" || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) return undefined;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return total;
}
