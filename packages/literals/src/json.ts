/** JSON with exact numbers: an integer in the text is a `bigint`, anything with a fraction or exponent a `number`. */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** A text that is no JSON; `position` is the offset where reading stopped. */
export class JsonSyntaxError extends Error {
  readonly position: number;

  constructor(message: string, position: number, options: ErrorOptions) {
    super(message, options);
    this.position = position;
  }
}

/** Integers of more digits than this fit nowhere and would only cost time. */
const MAX_INTEGER_CHARS = 400;

/** `JSON.parse` hands a reviver the text of each number since ECMAScript 2026; TypeScript's library does not say so yet. */
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

const exact: Reviver = (_, value, { source }) => {
  if (typeof value !== "number" || source === undefined || !/^-?\d+$/.test(source)) return value;
  return source.length > MAX_INTEGER_CHARS ? value : BigInt(source);
};

/** Parses JSON; of a key that occurs twice the last value counts, as in Python. Throws {@link JsonSyntaxError}. */
export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text, exact as (this: unknown, key: string, value: unknown) => unknown) as JsonValue;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    throw new JsonSyntaxError(message, position, { cause });
  }
}

const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** Compact JSON; integers are written exactly. `NaN` and infinities, which JSON lacks, become texts. */
export function stringifyJson(value: JsonValue): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "bigint") return raw(String(item));
    return typeof item === "number" && !Number.isFinite(item) ? String(item) : item;
  });
}
