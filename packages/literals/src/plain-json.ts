import type { Conversion } from "./conversion.ts";
import { isObject, type JsonValue } from "./json.ts";
import { keysOf } from "./key-order.ts";

interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

/** What an integer may be where no type says more: what MessagePack holds. */
export const PACKED_INTEGER: IntegerRange = { min: -(2n ** 63n), max: 2n ** 64n - 1n };

/** What an integer may be in a pickle: 255 bytes. */
export const PICKLED_INTEGER: IntegerRange = { min: -(2n ** 2039n), max: 2n ** 2039n - 1n };

/**
 * A value that no type directs, for MessagePack or a pickle: taken as it is, once it is sure that nothing in it is lost or
 * refused later. Integers must be within `range`.
 */
export function plainJson<T extends JsonValue>(value: T, conversion: Conversion, range: IntegerRange): T | undefined {
  if (typeof value === "string") return isText(value, conversion) ? value : undefined;
  if (typeof value === "number" && !Number.isFinite(value)) {
    return conversion.report("out_of_range", "should fit a 64-bit float");
  }
  if (typeof value === "bigint" && (value < range.min || value > range.max)) {
    return conversion.report("out_of_range", "is an integer too large to be kept");
  }
  let sound = true;
  const check = (key: string | number, item: JsonValue) => {
    if (!conversion.enter(key)) sound = false;
    else {
      if (plainJson(item, conversion, range) === undefined) sound = false;
      conversion.leave();
    }
  };
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) check(i, value[i] as JsonValue);
  else if (isObject(value)) {
    for (const key of keysOf(value)) {
      if (!isText(key, conversion)) sound = false;
      check(key, value[key] as JsonValue);
    }
  }
  return sound ? value : undefined;
}

const HALF = /\p{Surrogate}/u;

/** Half of a surrogate pair (`"\ud800"`) has no form in UTF-8 and would silently become another character: it is told. */
export function isText(value: string, conversion: Conversion): boolean {
  if (!HALF.test(value)) return true;
  conversion.report("invalid_format", "should be text: it holds half of a surrogate pair");
  return false;
}
