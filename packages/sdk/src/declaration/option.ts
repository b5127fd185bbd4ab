import { nearest } from "@flyte-webhook/core";
import type { Loc, Problems } from "./problems.ts";

/** Reads one value; notes a problem and answers undefined when it is none. */
export type Read<T> = (value: unknown, loc: Loc, problems: Problems) => T | undefined;

/** One option of a declaration: how it is read, and what it is when it is absent. */
export interface Option<T> {
  readonly read: Read<T>;
  readonly absent: T | undefined;
  readonly required?: boolean;
}

/** An option without which there is no declaration. */
export function required<T>(read: Read<T>): Option<T> {
  return { read, absent: undefined, required: true };
}

/** An option that may be left out; null is the same as leaving it out, as Python's None is. */
export function optional<T>(read: Read<T>): Option<T | undefined> {
  return {
    read: (value, loc, problems) => (value === null ? undefined : read(value, loc, problems)),
    absent: undefined,
  };
}

/** A text that says nothing when it is empty, as an unset variable does. */
const wordOrNothing: Read<string> = (value, loc, problems) => text(value, loc, problems) || undefined;
export const optionalWord: Option<string | undefined> = optional(wordOrNothing);

/** An option that has a value when it is left out. */
export function defaulted<T>(read: Read<T>, absent: T): Option<T> {
  return { read, absent };
}

/** Options by name. */
export type Options = Readonly<Record<string, Option<unknown>>>;

/** What a table of options reads to. */
export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** Why an option of another SDK or version does not exist here. */
export type Explained = Readonly<Record<string, string>>;

/**
 * Reads an options object by its table. An option of another name is a problem: a snake_case one names its camelCase
 * one, any other the nearest. The values are only meaningful when no problem was noted.
 */
export function readOptions<O extends Options>(
  table: O,
  value: object,
  loc: Loc,
  problems: Problems,
  explained: Explained = {},
): Values<O> {
  const given = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (given[name] === undefined || Object.hasOwn(table, name)) continue;
    problems.add([...loc, name], explained[name] ?? unknownOption(name, Object.keys(table)));
  }
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    const one = given[name];
    if (one !== undefined) values[name] = option.read(one, [...loc, name], problems);
    else if (option.required) problems.add([...loc, name], "is missing");
    else values[name] = option.absent;
  }
  return values as Values<O>;
}

function unknownOption(name: string, known: readonly string[]): string {
  const camel = name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  if (known.includes(camel)) return `options are camelCase here, write ${camel}`;
  const near = nearest(name, known);
  return near === undefined ? `is no option; there are ${known.join(", ")}` : `is no option, did you mean ${near}?`;
}

/** A plain object read by a table of options. */
export function shape<O extends Options>(table: O, what: string): Read<Values<O>> {
  return (value, loc, problems) =>
    isPlainObject(value)
      ? readOptions(table, value, loc, problems)
      : problems.add(loc, `should be ${what}, not ${shown(value)}`);
}

export const text: Read<string> = (value, loc, problems) =>
  typeof value === "string" ? value : problems.add(loc, `should be a text, not ${kind(value)}`);

/** A text of at least one character. */
export const word: Read<string> = (value, loc, problems) =>
  value === "" ? problems.add(loc, "should not be empty") : text(value, loc, problems);

export const flag: Read<boolean> = (value, loc, problems) =>
  typeof value === "boolean" ? value : problems.add(loc, `should be true or false, not ${shown(value)}`);

/** A whole number from `min` to `max`, which default to those of an unsigned 32-bit integer, what the wire can carry. */
export function whole(min = 0, max = 2 ** 32 - 1): Read<number> {
  const range = max === 2 ** 32 - 1 ? `of at least ${min}` : `from ${min} to ${max}`;
  return (value, loc, problems) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : problems.add(loc, `should be a whole number ${range}, not ${shown(value)}`);
}

/** What is wrong with a value that should be a list of `what`; one text alone is easily mended. */
export function noList(what: string, value: unknown): string {
  const mend = typeof value === "string" && shown(value) !== kind(value) ? `; write [${shown(value)}]` : "";
  return `should be a list of ${what}, not ${shown(value)}${mend}`;
}

export function list<T>(item: Read<T>, what: string): Read<readonly T[]> {
  return (value, loc, problems) => {
    if (!Array.isArray(value)) return problems.add(loc, noList(what, value));
    // Array.from, because map skips holes.
    return Array.from(value, (one: unknown, index) => item(one, [...loc, index], problems) as T);
  };
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A value as a message may show it: itself when it is short and plain, else what kind it is. */
export function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  return typeof value === "string" && value.length <= 60 ? JSON.stringify(value) : kind(value);
}

/** What a value is, without showing it: it may be a secret. */
export function kind(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isPlainObject(value)) return "an object";
  if (typeof value === "object") return `a ${value.constructor?.name ?? "object"}`;
  return typeof value === "string" ? "a text" : typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
}
