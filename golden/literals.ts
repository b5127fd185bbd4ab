/** Runs literal vectors: what ours makes of the JSON, or shows of the literals, against the `ts` columns. */
import { readFileSync } from "node:fs";
import { fromJson, toJson } from "@bufbuild/protobuf";
import { VariableEntrySchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { NamedLiteralSchema, NamedParameterSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import {
  buildInputs,
  type JsonObject,
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
  readonly default_inputs?: unknown[];
  readonly ts: {
    outcome?: string;
    same_as_python?: boolean;
    literal?: unknown;
    error_code?: string;
    json_out?: string;
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
  /** A body is refused when it is no JSON object; the service words the refusal. */
  body: ({ json_in }: Row): string[] => {
    let value: JsonValue;
    try {
      value = parseJson(json_in);
    } catch {
      return [];
    }
    const object = typeof value === "object" && value !== null && !Array.isArray(value);
    return object ? [`${json_in} was taken for inputs`] : [];
  },
  input: (row: Row): string[] => {
    const whole = row.json_in_scope?.startsWith("value of input") !== true;
    const body = parseJson(whole ? row.json_in : `{"x": ${row.json_in}}`) as JsonObject;
    const types = whole ? row.literal_type : { x: row.literal_type };
    const variables = Object.entries(types).map(([key, type]) =>
      fromJson(VariableEntrySchema, { key, value: { type } } as never),
    );
    const defaults = (row.default_inputs ?? []).map((one) => fromJson(NamedParameterSchema, one as never));
    const result = buildInputs(body, variables, defaults);
    if (row.ts.error_code) {
      if (result.ok) return [`accepted, expected ${row.ts.error_code}`];
      const codes = result.issues.map((issue) => issue.type);
      return codes.includes(row.ts.error_code)
        ? []
        : [`refused with ${codes.join(", ")}, expected ${row.ts.error_code}`];
    }
    if (!result.ok) return result.issues.map((issue) => `${issue.loc.join(".")}: ${issue.type} ${issue.msg}`);
    const byName = Object.fromEntries(
      result.literals.map(({ name, value }) => [name, value && toJson(LiteralSchema, value)]),
    );
    return same(canonical(row.ts.literal ?? row.literal, whole), whole ? byName : byName.x);
  },
  output: ({ literal, literal_type, json_out, ts }: Row): string[] => {
    const literals = Object.entries(literal as object).map(([name, value]) =>
      fromJson(NamedLiteralSchema, { name, value } as never),
    );
    const variables = Object.entries(literal_type).map(([key, type]) =>
      fromJson(VariableEntrySchema, { key, value: { type } } as never),
    );
    const expected = ts.json_out ?? json_out;
    // Whether a run has outputs at all is decided by its phase, not by its literals.
    if (expected === "null") return literals.length === 0 ? [] : ["has literals, expected none"];
    return same(JSON.parse(expected ?? "null"), JSON.parse(stringifyJson(literalsToJson(literals, variables))));
  },
};

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

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
