/** Runs literal vectors: what ours makes of the JSON, or shows of the literals, against the `ts` columns. */
import { readFileSync } from "node:fs";
import { fromJson, toJson } from "@bufbuild/protobuf";
import { type VariableEntry, VariableEntrySchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import {
  NamedLiteralSchema,
  type NamedParameter,
  NamedParameterSchema,
} from "@flyte-webhook/idl/flyteidl2/task/common";
import {
  buildInputs,
  type InputsResult,
  type JsonObject,
  JsonSyntaxError,
  type JsonValue,
  literalsToJson,
  parseJson,
  stringifyJson,
} from "@flyte-webhook/literals";
import { printFailures, type Tally } from "./report.ts";

interface Row {
  readonly id: string;
  readonly direction: "input" | "output" | "body";
  readonly literal_type: Record<string, unknown>;
  readonly json_in: string;
  readonly json_in_scope?: string;
  readonly literal: unknown;
  readonly json_out: string | null;
  readonly ts: {
    outcome?: string;
    same_as_python?: boolean;
    literal?: unknown;
    error_code?: string;
    error_path?: string;
    json_out?: string;
    recommended?: string;
  };
}

export async function runLiterals(files: readonly string[]): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0 };
  for (const file of files) {
    for (const row of (JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] }).rows) {
      const problems = attempt(row);
      if (problems.length === 0) tally.passed++;
      else {
        tally.failed++;
        printFailures(row.direction, row.id, problems);
      }
    }
  }
  return tally;
}

function attempt(row: Row): string[] {
  try {
    return CHECKS[row.direction](row);
  } catch (error) {
    return [`threw ${String(error)}`];
  }
}

const CHECKS = {
  /** What the service does with a whole body before it knows the task: refuse it with 422, or take it for inputs. */
  body: ({ json_in, ts }: Row): string[] => {
    const body = bodyOf(json_in);
    const expected = ts.recommended ?? "";
    if (expected.startsWith("422")) return body === undefined ? [] : [`${json_in} was taken for inputs`];
    if (body === undefined) return [`${json_in} was refused, expected: ${expected}`];
    const [, key, value] = /\((\w+)=(\w+)\)/.exec(expected) ?? [];
    if (key) return same(parseJson(value ?? "null"), body[key] ?? null);
    const [, code, name] = /^(\w+) (\w+)$/.exec(expected) ?? [];
    // Every key is an input: with a task that has it the body fits, without it the key is told.
    const result = buildInputs(body, code ? [] : Object.entries(body).map(variableLike), []);
    if (!code) return result.ok ? [] : result.issues.map(wordsOf);
    return refusal(result, code, name ?? "");
  },
  input: (row: Row): string[] => {
    const whole = row.json_in_scope?.startsWith("value of input") !== true;
    const body = bodyOf(whole ? row.json_in : `{"x": ${row.json_in}}`);
    if (body === undefined) {
      // A token that JSON does not have refuses the body before any input is looked at.
      return row.ts.outcome === "reject" ? [] : [`${row.json_in} was refused as JSON`];
    }
    const types = whole ? row.literal_type : { x: row.literal_type };
    const variables = Object.entries(types).map(([key, type]) => variable(key, type));
    const result = buildInputs(body, variables, whole ? defaultsOf(row, body) : []);
    if (row.ts.error_code) return refusal(result, row.ts.error_code, row.ts.error_path ?? "");
    if (!result.ok) return result.issues.map(wordsOf);
    const order = result.literals.map(({ name }) => name);
    const declared = variables.map(({ key }) => key);
    if (order.join() !== declared.join()) return [`literals ${order.join()}, expected the order ${declared.join()}`];
    const byName = Object.fromEntries(
      result.literals.map(({ name, value }) => [name, value && toJson(LiteralSchema, value)]),
    );
    return same(canonical(row.ts.literal ?? row.literal, whole), whole ? byName : byName.x);
  },
  output: ({ literal, literal_type, json_out, ts }: Row): string[] => {
    const literals = Object.entries(literal as object).map(([name, value]) =>
      fromJson(NamedLiteralSchema, { name, value } as never),
    );
    const variables = Object.entries(literal_type).map(([key, type]) => variable(key, type));
    const expected = ts.json_out ?? json_out;
    // Whether a run has outputs at all is decided by its phase, not by its literals.
    if (expected === "null") return literals.length === 0 ? [] : ["has literals, expected none"];
    return same(parseJson(expected ?? "null"), parseJson(stringifyJson(literalsToJson(literals, variables))));
  },
};

function variable(key: string, type: unknown): VariableEntry {
  return fromJson(VariableEntrySchema, { key, value: { type } } as never);
}

function variableLike([key, value]: [string, JsonValue]): VariableEntry {
  return variable(key, {
    simple: typeof value === "string" ? "STRING" : typeof value === "bigint" ? "INTEGER" : "STRUCT",
  });
}

/** The body as inputs; undefined when it is no JSON object. */
function bodyOf(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

/**
 * A row does not list the task's defaults, but what they became: a client copies a default as it is, so the literal of an
 * input that the body leaves out is its default.
 */
function defaultsOf({ literal }: Row, body: JsonObject): NamedParameter[] {
  return Object.entries(literal ?? {})
    .filter(([name]) => !Object.hasOwn(body, name))
    .map(([name, value]) => fromJson(NamedParameterSchema, { name, parameter: { default: value } } as never));
}

/** Whether one of the problems is the expected one, at its place (`x.items[2]`) or below it. */
function refusal(result: InputsResult, code: string, path: string): string[] {
  if (result.ok) return [`accepted, expected ${code} at ${path}`];
  const place = ["body", ...path.split(/[.[\]]+/).filter((part) => part !== "")];
  const found = result.issues.some(
    ({ type, loc }) => type === code && place.every((part, index) => String(loc[index]) === part),
  );
  return found ? [] : [`${result.issues.map(wordsOf).join("; ")}, expected ${code} at ${path}`];
}

function wordsOf({ loc, type, msg }: { loc: readonly (string | number)[]; type: string; msg: string }): string {
  return `${loc.join(".")}: ${type} ${msg}`;
}

/** Through the message, so that spellings of one literal are one. */
function canonical(value: unknown, whole: boolean): unknown {
  const one = (literal: unknown) => toJson(LiteralSchema, fromJson(LiteralSchema, literal as never));
  return whole
    ? Object.fromEntries(Object.entries(value as object).map(([name, literal]) => [name, one(literal)]))
    : one(value);
}

function same(expected: unknown, actual: unknown): string[] {
  const [want, got] = [sorted(expected), sorted(actual)];
  return want === got ? [] : [`${got}, expected ${want}`];
}

/** Keys in one order and numbers by their value, exactly: 2 and 2.0 are one number, 2^53 and 2^53 + 1 are two. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "bigint") return { number: String(item) };
    if (typeof item === "number") return { number: Number.isInteger(item) ? String(BigInt(item)) : String(item) };
    return typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item;
  });
}
