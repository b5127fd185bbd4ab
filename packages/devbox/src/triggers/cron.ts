import { Cron } from "croner";
import { parseGoDuration } from "../go-duration.ts";
import { everyMicros, type Schedule } from "./times.ts";

/** Where a cron expression names no time zone. */
const DEFAULT_ZONE = "UTC";

/**
 * What one field may be in the cron of a real plane: a star, or numbers and names with ranges and steps. croner knows
 * more (`L`, `W`, `#`, Sunday as 7), which would be refused there.
 */
const FIELD =
  /^(\*|\?|[0-9]+|[a-z]{3})(-([0-9]+|[a-z]{3}))?(\/[0-9]+)?(,(\*|\?|[0-9]+|[a-z]{3})(-([0-9]+|[a-z]{3}))?(\/[0-9]+)?)*$/i;
const SUNDAY_AS_7 = /(^|[,-])7/;

/**
 * Times of a cron expression in the form of the real plane (Go's robfig/cron): five fields, `@hourly` and the like,
 * `@every 1h30m`, with the zone in front (`CRON_TZ=Europe/Berlin 0 6 * * *`) or apart. A time that a change to summer
 * time skips comes right after it, and one that comes twice is taken once (there, the first is left out).
 */
export function cronTimes(expression: string, timezone: string): Schedule | { problem: string } {
  const [, inline, rest] = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/s.exec(expression.trim()) ?? [];
  const problem = (text: string) => ({ problem: `invalid cron expression ${JSON.stringify(expression)}: ${text}` });
  if (inline !== undefined && timezone !== "") return problem("the time zone is given twice");
  const zone = inline ?? (timezone || DEFAULT_ZONE);
  if (!isZone(zone)) return problem(`unknown time zone ${zone.slice(0, 100)}`);
  const pattern = (rest ?? expression).trim();
  if (pattern === "") return problem("empty spec string");

  const every = /^@every\s+(.+)$/.exec(pattern)?.[1];
  if (every !== undefined) {
    const seconds = Math.floor((parseGoDuration(every) ?? Number.NaN) / 1e9);
    if (Number.isNaN(seconds)) return problem(`failed to parse the duration ${JSON.stringify(every.slice(0, 100))}`);
    return everyMicros(Math.max(seconds, 1) * 1e6);
  }
  const fields = pattern.split(/\s+/);
  if (!pattern.startsWith("@")) {
    if (fields.length !== 5) return problem(`expected exactly 5 fields, found ${fields.length}`);
    const bad = fields.find((field, i) => !FIELD.test(field) || (i === 4 && SUNDAY_AS_7.test(field)));
    if (bad !== undefined) return problem(`failed to parse ${JSON.stringify(bad.slice(0, 100))}`);
  }
  try {
    const cron = new Cron(pattern, { timezone: zone, mode: "5-part", sloppyRanges: true });
    return timesOf(cron);
  } catch (error) {
    return problem((error as Error).message.replace(/^CronPattern: /, ""));
  }
}

function timesOf(cron: Cron): Schedule {
  const micros = (date: Date | null | undefined) => (date ? date.getTime() * 1000 : null);
  return {
    after: (at) => micros(cron.nextRun(new Date(at / 1000))),
    // The time at `at` itself counts too.
    latest: (first, at) => micros(cron.previousRuns(1, new Date(Math.floor(at / 1000) + 1))[0]) ?? first,
  };
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
