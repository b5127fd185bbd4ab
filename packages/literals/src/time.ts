/** Points in time and durations between JSON and protobuf; both keep seconds and nanoseconds. */
export interface SecondsNanos {
  seconds: bigint;
  nanos: number;
}

/** ISO 8601 with date, optional time, fraction and offset; without an offset it is UTC. Undefined when it is none. */
export function parseDatetime(text: string): SecondsNanos | undefined {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$/.exec(
      text,
    );
  if (!match) return undefined;
  const [, date, time = "00:00", fraction = "", offset = "Z"] = match;
  const zone = /^z$/i.test(offset) ? "Z" : `${offset.slice(0, 3)}:${offset.slice(3).replace(":", "") || "00"}`;
  const ms = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${zone}`);
  // `Date.parse` rolls 30 February over into March.
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(ms) || Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return undefined;
  const seconds = BigInt(Math.floor(ms / 1000));
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return undefined;
  return { seconds, nanos: Number(fraction.padEnd(9, "0")) };
}

/** Seconds of the years 1 to 9999, outside of which there is no datetime. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;

/** As Python shows it: UTC with `+00:00`, microseconds only when there are some. Undefined outside the years 1 to 9999. */
export function formatDatetime({ seconds, nanos }: SecondsNanos): string | undefined {
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return undefined;
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const micros = Math.floor(nanos / 1000);
  return `${date}${micros === 0 ? "" : `.${String(micros).padStart(6, "0")}`}+00:00`;
}

/** The longest duration that protobuf has: 10,000 years. */
export const MAX_SECONDS = 315_576_000_000;

const ISO_SECONDS = { W: 604_800, D: 86_400, H: 3600, M: 60, S: 1 } as const;
const GO_SECONDS = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 } as const;

/** A number of seconds, ISO 8601 (`P1DT2.5S`), Go (`1h30m`) or protobuf (`3.5s`). Undefined when it is none. */
export function parseDuration(value: number | bigint | string): SecondsNanos | undefined {
  if (typeof value !== "string") return fromSeconds(Number(value));
  if (/^[+-]?\d+(\.\d+)?$/.test(value)) return fromSeconds(Number(value));
  const iso = /^([+-]?)P(?=.)((?:\d+(?:\.\d+)?[WD])*)(?:T(?=.)((?:\d+(?:\.\d+)?[HMS])+))?$/.exec(value);
  if (iso) return fromSeconds(sum(`${iso[2]}${iso[3] ?? ""}`, ISO_SECONDS) * (iso[1] === "-" ? -1 : 1));
  const go = /^([+-]?)((?:\d+(?:\.\d+)?(?:h|ms|us|µs|ns|m|s))+)$/.exec(value);
  return go ? fromSeconds(sum(go[2] as string, GO_SECONDS) * (go[1] === "-" ? -1 : 1)) : undefined;
}

function sum(text: string, units: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([A-Za-zµ]+)/g))
    total += Number(amount) * (units[unit as string] ?? 0);
  return total;
}

/** Rounded to microseconds, which is what a task sees; both parts carry the sign. */
function fromSeconds(seconds: number): SecondsNanos | undefined {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > MAX_SECONDS) return undefined;
  const whole = Math.trunc(seconds);
  const micros = Math.round((seconds - whole) * 1e6);
  return Math.abs(micros) === 1e6
    ? { seconds: BigInt(whole + Math.sign(micros)), nanos: 0 }
    : { seconds: BigInt(whole), nanos: micros * 1000 };
}

/** Seconds, as Python shows a duration. */
export function durationSeconds({ seconds, nanos }: SecondsNanos): number {
  return Number(seconds) + Math.trunc(nanos / 1000) / 1e6;
}
