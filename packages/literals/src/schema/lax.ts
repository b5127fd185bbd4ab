import type { JsonValue } from "../json.ts";

const TRUE = new Set(["1", "on", "t", "true", "y", "yes"]);
const FALSE = new Set(["0", "off", "f", "false", "n", "no"]);

/** What pydantic takes for a boolean besides booleans: 0, 1 and a few words. Undefined for all else. */
export function laxBoolean(value: JsonValue): boolean | undefined {
  if (typeof value === "string") {
    const word = value.toLowerCase();
    return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
  }
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  return Number(value) === 1 ? true : Number(value) === 0 ? false : undefined;
}

/** What pydantic takes for a number besides numbers: a text that reads as one. Undefined for all else. */
export function laxNumber(value: JsonValue): number | undefined {
  if (typeof value !== "string" || !/^[+-]?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,3})?$/.test(value))
    return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** What pydantic takes for an integer besides integers: a text that reads as a whole number. Undefined for all else. */
export function laxInteger(value: JsonValue): bigint | undefined {
  if (typeof value !== "string" || value.length > 100) return undefined;
  const [, digits] = /^\s*([+-]?\d+(?:_\d+)*)(?:\.0+)?\s*$/.exec(value) ?? [];
  return digits === undefined ? undefined : BigInt(digits.replaceAll("_", "").replace("+", ""));
}
