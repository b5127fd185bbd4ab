import { InvalidArgumentError } from "commander";
import type { Parameter } from "./command.ts";

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };
const SPANS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Bytes: `500M`, `5G`, `5GiB`; units are powers of 1024. */
export const size = (usage: string, description: string): Parameter<number | undefined> => ({
  usage,
  description,
  parse: (given) => {
    const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(given.trim()) ?? [];
    const bytes = Math.round(Number(number) * (UNITS[unit.toLowerCase()] as number));
    if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
    throw new InvalidArgumentError("It should be a size, such as 500M or 5G.");
  },
});

/** A span of time in milliseconds: `90m`, `12h`, `30d`. */
export const span = (usage: string, description: string): Parameter<number | undefined> => ({
  usage,
  description,
  parse: (given) => {
    const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(given.trim()) ?? [];
    const ms = Math.round(Number(number) * (SPANS[unit] as number));
    if (ms > 0 && Number.isSafeInteger(ms)) return ms;
    throw new InvalidArgumentError("It should be a span of time, such as 12h or 30d.");
  },
});

export function describeBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}
