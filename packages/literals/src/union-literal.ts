import type { Issue } from "@flyte-webhook/core";
import type { Literal } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { type LiteralType, SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import type { Conversion } from "./conversion.ts";
import { isExact } from "./exact.ts";
import { isObject, type JsonValue } from "./json.ts";
import { none, variant } from "./literal.ts";
import { isAny } from "./pickle-type.ts";
import { isUntyped } from "./struct-type.ts";
import { convert } from "./to-literal.ts";
import { typeName } from "./type-name.ts";

/** Variants that a kind of JSON value means without trying, best first. */
const BY_KIND: Readonly<Record<string, readonly SimpleType[]>> = {
  boolean: [SimpleType.BOOLEAN],
  bigint: [SimpleType.INTEGER, SimpleType.FLOAT],
  number: [SimpleType.FLOAT, SimpleType.INTEGER],
  string: [SimpleType.STRING],
};

/**
 * Chooses the registered variant by the value's kind, else the only one that takes it; what none takes is pickled if the
 * union allows anything. The literal carries the variant itself, by whose tag the task tells how to read it.
 */
export function unionLiteral(
  value: JsonValue,
  type: LiteralType,
  variants: readonly LiteralType[],
  conversion: Conversion,
): Literal | undefined {
  if (value === null) {
    const nothing = variants.find((one) => isSimple(one, SimpleType.NONE));
    if (nothing) return variant(none(), nothing);
  }
  for (const kind of BY_KIND[typeof value] ?? []) {
    const meant = variants.find((one) => isSimple(one, kind));
    if (!meant) continue;
    const { result } = conversion.attempt(() => convert(value, meant, conversion));
    if (result) return variant(result, meant);
  }
  const anything = variants.find(isAny);
  const others = variants.filter((one) => !isSimple(one, SimpleType.NONE) && one !== anything);
  const dict = isObject(value) ? others.find(isUntyped) : undefined;
  const only = dict ?? (others.length === 1 && !anything ? others[0] : undefined);
  if (value !== null && only) return wrapped(value, only, conversion);
  const refusals: Issue[] = [];
  const fitting: { literal: Literal; type: LiteralType }[] = [];
  for (const one of value === null ? [] : others) {
    const { result, issues } = conversion.attempt(() => convert(value, one, conversion));
    if (result) fitting.push({ literal: variant(result, one), type: one });
    // Of a value of another kind there is nothing to say but that.
    else if (issues[0] && issues[0].type !== "type_mismatch") refusals.push(issues[0]);
    else if (issues[0] && issues[0].loc.length > conversion.depth) refusals.push(issues[0]);
  }
  const exact = fitting.length > 1 ? fitting.filter((one) => isExact(value, one.type)) : fitting;
  const [chosen] = exact.length === 1 ? exact : fitting.length === 1 ? fitting : [];
  if (chosen) return chosen.literal;
  if (fitting.length > 0) return conversion.report("ambiguous_union", `fits several of: ${typeName(type)}`, value);
  if (anything) return wrapped(value, anything, conversion);
  if (value === null) {
    return conversion.report("null_not_allowed", `should be ${typeName(type)}; null is not allowed`, value);
  }
  return conversion.report("no_union_variant", `should be ${typeName(type)}${conversion.reasons(refusals)}`, value);
}

function isSimple({ type }: LiteralType, kind: SimpleType): boolean {
  return type.case === "simple" && type.value === kind;
}

function wrapped(value: JsonValue, type: LiteralType, conversion: Conversion): Literal | undefined {
  const literal = convert(value, type, conversion);
  return literal && variant(literal, type);
}
