import { InvalidArgumentError } from "commander";

const POWERS = ["", "k", "m", "g", "t"];

/** Bytes of `500MB` (powers of 1000), `20GiB` (powers of 1024) or a plain number. Throws `InvalidArgumentError`. */
export function parseBytes(text: string): number {
  const [, number = "", power = "", binary] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(number) * (binary ? 1024 : 1000) ** POWERS.indexOf(power.toLowerCase()));
  if (number !== "" && bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError("It should be a size, such as 500MB, 20GB or 20GiB.");
}

export function describeBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}
