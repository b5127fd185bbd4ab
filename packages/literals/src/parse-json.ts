import type { JsonObject, JsonValue } from "./json.ts";
import { ObjectBuilder } from "./key-order.ts";

/** A text that is no JSON; `position` is the offset where reading stopped. */
export class JsonSyntaxError extends Error {
  readonly position: number;

  constructor(message: string, position: number, options?: ErrorOptions) {
    super(message, options);
    this.position = position;
  }
}

/** Texts nested deeper than this are refused; conversion allows far less. */
const MAX_DEPTH = 500;
/** Integers of more characters than this fit nowhere and would only cost time; they become an infinite number. */
const MAX_INTEGER_CHARS = 400;

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
/** What a string may not hold as it is: a backslash starts an escape, control characters must be escaped. */
const SPECIAL = /[\\\p{Cc}]/u;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Parses JSON, integers exact, keys in their order; of a key that occurs twice the last value counts, as in Python.
 * `JSON.parse` can do neither. Throws {@link JsonSyntaxError}, worded as Python does, also for `NaN` and `Infinity`.
 */
export function parseJson(text: string): JsonValue {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    this.#space();
    const text = this.#text;
    const first = text[this.#at];
    if (first === '"') return this.#string();
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === "t") return this.#word("true", true);
    if (first === "f") return this.#word("false", false);
    if (first === "n") return this.#word("null", null);
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(text);
    if (!match) throw this.#error("Expecting value");
    this.#at = NUMBER.lastIndex;
    const [source, fraction, exponent] = match;
    const isInteger = fraction === undefined && exponent === undefined && source.length <= MAX_INTEGER_CHARS;
    return isInteger ? BigInt(source) : Number(source);
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#error("Extra data");
  }

  #object(depth: number): JsonObject {
    if (depth >= MAX_DEPTH) throw this.#error(`Nested deeper than ${MAX_DEPTH}`);
    this.#at++;
    const builder = new ObjectBuilder<JsonValue>();
    if (this.#next() === "}") return this.#close({});
    for (;;) {
      if (this.#next() !== '"') throw this.#error("Expecting property name enclosed in double quotes");
      const key = this.#string();
      if (this.#next() !== ":") throw this.#error("Expecting ':' delimiter");
      this.#at++;
      builder.set(key, this.value(depth + 1));
      const next = this.#next();
      if (next === "}") return this.#close(builder.finish());
      if (next !== ",") throw this.#error("Expecting ',' delimiter");
      this.#at++;
    }
  }

  #array(depth: number): JsonValue[] {
    if (depth >= MAX_DEPTH) throw this.#error(`Nested deeper than ${MAX_DEPTH}`);
    this.#at++;
    const items: JsonValue[] = [];
    if (this.#next() === "]") return this.#close(items);
    for (;;) {
      items.push(this.value(depth + 1));
      const next = this.#next();
      if (next === "]") return this.#close(items);
      if (next !== ",") throw this.#error("Expecting ',' delimiter");
      this.#at++;
    }
  }

  #close<T>(value: T): T {
    this.#at++;
    return value;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    const end = text.indexOf('"', start);
    const plain = text.slice(start, end === -1 ? text.length : end);
    if (end !== -1 && !SPECIAL.test(plain)) {
      this.#at = end + 1;
      return plain;
    }
    return this.#escaped(start);
  }

  #escaped(start: number): string {
    const text = this.#text;
    let result = "";
    let from = start;
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return result + text.slice(from, at);
      }
      if (code < 0x20) throw this.#error("Invalid control character at", at);
      if (code !== 0x5c) continue;
      result += text.slice(from, at);
      const letter = text[at + 1] ?? "";
      if (letter === "u") {
        const digits = text.slice(at + 2, at + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#error("Invalid \\uXXXX escape", at + 1);
        result += String.fromCharCode(Number.parseInt(digits, 16));
        at += 5;
      } else {
        const meant = ESCAPES[letter];
        if (meant === undefined) throw this.#error("Invalid \\escape", at);
        result += meant;
        at++;
      }
      from = at + 1;
    }
    throw this.#error("Unterminated string starting at", start - 1);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error("Expecting value");
    this.#at += word.length;
    return value;
  }

  #space(): void {
    // Most values have no space before them; the expression is for those that do.
    if (this.#text.charCodeAt(this.#at) > 0x20) return;
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #next(): string | undefined {
    this.#space();
    return this.#text[this.#at];
  }

  #error(message: string, at = this.#at): JsonSyntaxError {
    return new JsonSyntaxError(message, at);
  }
}
