import type { JsonValue } from "./json.ts";

/**
 * Integers as such, as an integral decimal (`5.0`, up to 2^53), or as digits in a text (protobuf's JSON form of int64).
 * Undefined for what is none.
 */
export function integerOf(value: JsonValue): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === "string" && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

/** Numbers as such, and the three that JSON can only write as texts. Undefined for what is none. */
export function floatOf(value: JsonValue): number | undefined {
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  return value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : undefined;
}
