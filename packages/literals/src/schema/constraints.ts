import type { Conversion } from "../conversion.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { isNumeric } from "./equals.ts";
import { mayMatch } from "./pattern.ts";

/** Limits of a schema that JSON Schema has words for; the task would refuse the value for them, only later. */
export function checkNumber(value: number | bigint, schema: JsonObject, conversion: Conversion): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (isLimit(minimum) && !(value >= minimum)) return refuse(conversion, `should be at least ${minimum}`, value);
  if (isLimit(maximum) && !(value <= maximum)) return refuse(conversion, `should be at most ${maximum}`, value);
  if (isLimit(exclusiveMinimum) && !(value > exclusiveMinimum)) {
    return refuse(conversion, `should be more than ${exclusiveMinimum}`, value);
  }
  if (isLimit(exclusiveMaximum) && !(value < exclusiveMaximum)) {
    return refuse(conversion, `should be less than ${exclusiveMaximum}`, value);
  }
  // Of floats it cannot be said exactly; the task knows.
  const divisor = isLimit(multipleOf) && Number.isSafeInteger(Number(multipleOf)) ? BigInt(multipleOf) : 0n;
  if (typeof value === "bigint" && divisor > 0n && value % divisor !== 0n) {
    return refuse(conversion, `should be a multiple of ${divisor}`, value);
  }
  return true;
}

export function checkText(value: string, schema: JsonObject, conversion: Conversion): boolean {
  const { minLength, maxLength, pattern } = schema;
  if (isLimit(minLength) || isLimit(maxLength)) {
    // Python counts characters, not the halves that JavaScript counts.
    const length = [...value].length;
    if (isLimit(minLength) && length < minLength) {
      return refuse(conversion, `should have at least ${minLength} characters`, value);
    }
    if (isLimit(maxLength) && length > maxLength) {
      return refuse(conversion, `should have at most ${maxLength} characters`, value);
    }
  }
  if (typeof pattern === "string" && !mayMatch(pattern, value)) {
    return refuse(conversion, `should match ${pattern}`, value);
  }
  return true;
}

/** Limits on how many items or keys there are. */
export function checkSize(
  size: number,
  min: JsonValue | undefined,
  max: JsonValue | undefined,
  conversion: Conversion,
) {
  const least = isLimit(min) ? min : 0;
  const most = isLimit(max) ? max : Number.POSITIVE_INFINITY;
  if (size >= least && size <= most) return true;
  const expected =
    least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`;
  return refuse(conversion, `should have ${expected} items, not ${size}`);
}

function isLimit(value: JsonValue | undefined): value is number | bigint {
  return value !== undefined && isNumeric(value);
}

function refuse(conversion: Conversion, msg: string, value?: JsonValue): false {
  conversion.report("schema_violation", msg, value);
  return false;
}
