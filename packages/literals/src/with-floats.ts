import { isObject, type JsonValue } from "./json.ts";
import { keysOf, objectOf } from "./key-order.ts";

/** A float that JavaScript would write as an integer. Only to be written; a value with one in it cannot be worked with. */
export class WholeFloat {
  readonly #value: number;

  constructor(value: number) {
    this.#value = value;
  }

  /** As Python writes it: `2.0`, `-0.0`. */
  get text(): string {
    return `${Object.is(this.#value, -0) ? "-0" : this.#value}.0`;
  }

  /** For `JSON.stringify`, which can only write the integer. */
  toJSON(): number {
    return this.#value;
  }
}

/** From here on JavaScript writes an exponent, which no reader takes for an integer. */
const EXPONENT_FROM = 1e21;

/**
 * The value with its floats told from integers when it is written: a client in Python reads 2.0 as the float it is, and
 * what is shown of `int | float` or of an untyped dict can be given back without becoming another type.
 */
export function withFloats(value: JsonValue): JsonValue {
  if (typeof value === "number") {
    const isWhole = Number.isInteger(value) && Math.abs(value) < EXPONENT_FROM;
    return isWhole ? (new WholeFloat(value) as unknown as JsonValue) : value;
  }
  if (Array.isArray(value)) return value.map(withFloats);
  if (!isObject(value)) return value;
  return objectOf(keysOf(value).map((key) => [key, withFloats(value[key] as JsonValue)])) as JsonValue;
}
