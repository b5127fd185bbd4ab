import { create } from "@bufbuild/protobuf";
import { type Issue, nearest } from "@flyte-webhook/core";
import type { VariableEntry } from "@flyte-webhook/idl/flyteidl2/core/interface";
import type { Literal } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { type NamedLiteral, NamedLiteralSchema, type NamedParameter } from "@flyte-webhook/idl/flyteidl2/task/common";
import { fromLiteral } from "./from-literal.ts";
import type { JsonObject } from "./json.ts";
import { toLiteral } from "./to-literal.ts";
import { typeName } from "./type-name.ts";

export type InputsResult = { ok: true; literals: NamedLiteral[] } | { ok: false; issues: Issue[] };

/**
 * A task's inputs from a JSON object: literals in the order of the interface, defaults filled in as they were stored (a
 * plane does not fill in what was uploaded), or every problem at once.
 */
export function buildInputs(
  body: JsonObject,
  variables: readonly VariableEntry[],
  defaults: readonly NamedParameter[],
): InputsResult {
  const issues: Issue[] = [];
  const literals: NamedLiteral[] = [];
  for (const { key, value: variable } of variables) {
    const type = variable?.type;
    const loc = ["body", key];
    let value: Literal | undefined;
    if (!Object.hasOwn(body, key)) {
      value = defaultOf(defaults, key);
      if (!value) issues.push({ type: "missing_input", loc, msg: `is required: ${type ? typeName(type) : "a value"}` });
    } else if (type) value = toLiteral(body[key] ?? null, type, loc, issues);
    else issues.push({ type: "unsupported_type", loc, msg: "the task does not say the type of this input" });
    if (value) literals.push(create(NamedLiteralSchema, { name: key, value }));
  }
  const names = variables.map((variable) => variable.key);
  for (const key of Object.keys(body)) if (!names.includes(key)) issues.push(unknownInput(key, names));
  return issues.length > 0 ? { ok: false, issues } : { ok: true, literals };
}

function defaultOf(defaults: readonly NamedParameter[], key: string): Literal | undefined {
  const behavior = defaults.find((parameter) => parameter.name === key)?.parameter?.behavior;
  return behavior?.case === "default" ? behavior.value : undefined;
}

function unknownInput(key: string, names: readonly string[]): Issue {
  const meant = nearest(key, names);
  const offer = meant ? `did you mean ${meant}?` : `it takes ${names.join(", ") || "no inputs"}`;
  return { type: "unknown_input", loc: ["body", key], msg: `the task has no such input; ${offer}` };
}

/** Literals by name as JSON, in the order of the interface; those it does not know come after. */
export function literalsToJson(
  literals: readonly NamedLiteral[],
  variables: readonly VariableEntry[] = [],
): JsonObject {
  const place = new Map(variables.map((variable, index) => [variable.key, index]));
  const rank = (literal: NamedLiteral) => place.get(literal.name) ?? variables.length;
  const ordered = [...literals].sort((a, b) => rank(a) - rank(b));
  return Object.fromEntries(ordered.map(({ name, value }) => [name, value ? fromLiteral(value) : null]));
}
