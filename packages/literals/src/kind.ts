import type { JsonValue } from "./json.ts";

export type Kind = "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";

export function kindOf(value: JsonValue): Kind {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint") return "integer";
  return typeof value as Kind;
}

const IN_WORDS: Readonly<Record<Kind, string>> = {
  null: "null",
  boolean: "a boolean",
  integer: "an integer",
  number: "a number",
  string: "a string",
  array: "a list",
  object: "an object",
};

/** A kind of value in words for a person. */
export function kindInWords(kind: Kind): string {
  return IN_WORDS[kind];
}
