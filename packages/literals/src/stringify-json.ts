import type { JsonValue } from "./json.ts";
import { isReordered, keysOf } from "./key-order.ts";
import { WholeFloat } from "./with-floats.ts";

/**
 * Compact JSON; integers are written exactly, keys in the order they came. `NaN` and infinities, which JSON lacks, become
 * texts. As with `JSON.stringify`, a key without a value is left out.
 */
export function stringifyJson(value: JsonValue): string {
  // Native code is several times faster, and right for all that it can say.
  return isNative(value) ? JSON.stringify(value) : write(value);
}

/** Whether `JSON.stringify` writes the value as it should be. */
function isNative(value: JsonValue): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "bigint") return false;
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (!isNative(item)) return false;
    return true;
  }
  if (value instanceof WholeFloat) return false;
  for (const key in value) if (!isNative(value[key] as JsonValue)) return false;
  return !isReordered(value);
}

function write(value: JsonValue): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number")
    return Number.isFinite(value) ? String(Object.is(value, -0) ? 0 : value) : `"${value}"`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) {
    let text = "[";
    for (let i = 0; i < value.length; i++) text += (i === 0 ? "" : ",") + write(value[i] as JsonValue);
    return `${text}]`;
  }
  if (value instanceof WholeFloat) return value.text;
  if (isPrinted(value)) return write(value.toJSON());
  let text = "";
  for (const key of keysOf(value)) {
    const item = value[key];
    if (item !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${write(item)}`;
  }
  return `{${text}}`;
}

/** A value that says itself how it is written, such as a `Date`. */
function isPrinted(value: object): value is { toJSON(): JsonValue } {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}
