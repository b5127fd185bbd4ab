import { isObject, type JsonValue } from "../json.ts";

/** Whether two JSON values are equal; a number of a schema came as a double, so 5 and 5.0 are one. */
export function equals(a: JsonValue, b: JsonValue): boolean {
  if (isNumeric(a) && isNumeric(b)) return a <= b && a >= b;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equals(item, b[index] as JsonValue));
  }
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equals(a[key] as JsonValue, b[key] as JsonValue))
    );
  }
  return a === b;
}

export function isNumeric(value: JsonValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
