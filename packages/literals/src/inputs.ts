import { create } from "@bufbuild/protobuf";
import { type Issue, nearest } from "@flyte-webhook/core";
import type { VariableEntry } from "@flyte-webhook/idl/flyteidl2/core/interface";
import type { Literal } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { type NamedLiteral, NamedLiteralSchema, type NamedParameter } from "@flyte-webhook/idl/flyteidl2/task/common";
import { Conversion } from "./conversion.ts";
import { defaultOf } from "./defaults.ts";
import { fromLiteral } from "./from-literal.ts";
import type { JsonObject } from "./json.ts";
import { objectOf } from "./key-order.ts";
import { convert } from "./to-literal.ts";
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
  const conversion = new Conversion(["body"]);
  const literals: NamedLiteral[] = [];
  for (const { key, value: variable } of variables) {
    const type = variable?.type;
    let value: Literal | undefined;
    if (!Object.hasOwn(body, key)) {
      value = defaultOf(defaults, key);
      if (!value) {
        conversion.report("missing_input", `is required: ${type ? typeName(type) : "a value"}`, undefined, key);
      }
    } else if (type) {
      value = conversion.run(() => conversion.at(key, () => convert(body[key] ?? null, type, conversion)));
    } else {
      conversion.report("unsupported_type", "the task does not say the type of this input", undefined, key);
    }
    if (value) literals.push(create(NamedLiteralSchema, { name: key, value }));
  }
  const names = new Set(variables.map((variable) => variable.key));
  for (const key of Object.keys(body)) {
    if (!names.has(key)) conversion.report("unknown_input", unknown(key, [...names]), undefined, key);
  }
  return conversion.failed ? { ok: false, issues: conversion.issues } : { ok: true, literals };
}

function unknown(key: string, names: readonly string[]): string {
  const meant = key.length <= 100 ? nearest(key, names) : undefined;
  const offer = meant ? `did you mean ${meant}?` : `it takes ${names.join(", ") || "no inputs"}`;
  return `the task has no such input; ${offer}`;
}

/** The names Python gives to outputs, by position. */
const POSITIONAL = /^o(\d{1,9})$/;

/**
 * Literals by name as JSON, in the order of the interface; those it does not know come after. An interface is sorted by
 * name, which puts `o10` before `o2`: positional outputs are put in the order in which a task returned them.
 */
export function literalsToJson(
  literals: readonly NamedLiteral[],
  variables: readonly VariableEntry[] = [],
): JsonObject {
  const place = new Map(variables.map((variable, index) => [variable.key, index]));
  const positions = literals.map(({ name }) => POSITIONAL.exec(name)?.[1]);
  const rank = positions.every((position) => position !== undefined)
    ? ({ name }: NamedLiteral) => Number(name.slice(1))
    : ({ name }: NamedLiteral) => place.get(name) ?? variables.length;
  const ordered = [...literals].sort((a, b) => rank(a) - rank(b));
  return objectOf(ordered.map(({ name, value }) => [name, value ? fromLiteral(value) : null])) as JsonObject;
}
