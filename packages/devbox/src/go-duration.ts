/** Go's durations as texts: `1h30m`, `2s`, `1.5ms`. */
const UNITS: Readonly<Record<string, number>> = { h: 3.6e12, m: 6e10, s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 };

/** Nanoseconds; undefined for what Go does not read as a duration. */
export function parseGoDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|m|us|µs|ns|s))+|0)$/.exec(text);
  if (!match) return undefined;
  const parts = (match[2] as string).matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|m|us|µs|ns|s)/g);
  const nanos = [...parts].reduce((sum, [, number, unit = ""]) => sum + Number(number) * (UNITS[unit] ?? 0), 0);
  return Math.trunc(match[1] === "-" ? -nanos : nanos);
}

/** As Go writes it: `1h0m2.5s`, below a second `1.5ms`, `0s`. */
export function formatGoDuration(seconds: bigint, nanos: number): string {
  const total = Number(seconds) + nanos / 1e9;
  if (total === 0) return "0s";
  const sign = total < 0 ? "-" : "";
  const [whole, part] = [Math.abs(Number(seconds)), Math.abs(nanos)];
  if (whole === 0) {
    const unit = part < 1e3 ? "ns" : part < 1e6 ? "µs" : "ms";
    return `${sign}${part / (UNITS[unit] as number)}${unit}`;
  }
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const fraction = part === 0 ? "" : `.${String(part).padStart(9, "0").replace(/0+$/, "")}`;
  const front = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : "";
  return `${sign}${front}${whole % 60}${fraction}s`;
}
