import { create } from "@bufbuild/protobuf";
import type { Issue } from "@flyte-webhook/core";
import { type Literal, LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import type { LiteralType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { Conversion } from "./conversion.ts";
import { encodePickle } from "./encode-pickle.ts";
import { isObject, type JsonValue } from "./json.ts";
import { binary, primitive } from "./literal.ts";
import { mismatch } from "./mismatch.ts";
import { isAny } from "./pickle-type.ts";
import { isText, PICKLED_INTEGER, plainJson } from "./plain-json.ts";
import { blobLiteral, datasetLiteral } from "./reference-literal.ts";
import { simpleLiteral } from "./simple-literal.ts";
import { typeName } from "./type-name.ts";
import { unionLiteral } from "./union-literal.ts";

/**
 * JSON → literal, directed by the declared type. Problems are added to `issues`, each at its place below `loc`; a value with
 * one has no literal.
 */
export function toLiteral(
  value: JsonValue,
  type: LiteralType,
  loc: Issue["loc"],
  issues: Issue[],
): Literal | undefined {
  const conversion = new Conversion(loc);
  const literal = conversion.run(() => convert(value, type, conversion));
  issues.push(...conversion.issues);
  return conversion.failed ? undefined : literal;
}

/** A literal takes up to three messages a type, and readers of protobuf stop at 100 of them inside one another. */
const MAX_TYPES = 30;

/** One step of the walk: the value where the conversion is, by its type. */
export function convert(value: JsonValue, type: LiteralType, conversion: Conversion): Literal | undefined {
  return conversion.within(() => convertBy(value, type, conversion), MAX_TYPES);
}

function convertBy(value: JsonValue, type: LiteralType, conversion: Conversion): Literal | undefined {
  const declared = type.type;
  switch (declared.case) {
    case "simple":
      return simpleLiteral(value, declared.value, type, conversion);
    case "enumType":
      if (typeof value !== "string") return mismatch(value, type, conversion);
      return declared.value.values.includes(value)
        ? primitive({ case: "stringValue", value })
        : conversion.report("invalid_enum", `should be ${typeName(type)}`, value);
    case "collectionType":
      return Array.isArray(value) ? collection(value, declared.value, conversion) : mismatch(value, type, conversion);
    case "mapValueType":
      return isObject(value) ? map(value, declared.value, conversion) : mismatch(value, type, conversion);
    case "unionType": {
      if (!isAny(type)) return unionLiteral(value, type, declared.value.variants, conversion);
      const plain = plainJson(value, conversion, PICKLED_INTEGER);
      return plain === undefined ? undefined : binary("", encodePickle(plain));
    }
    case "blob":
      return blobLiteral(value, declared.value, type, conversion);
    case "structuredDatasetType":
      return datasetLiteral(value, declared.value, type, conversion);
    default:
      return conversion.report("unsupported_type", `${typeName(type)} cannot be given as JSON`);
  }
}

function collection(value: readonly JsonValue[], type: LiteralType, conversion: Conversion): Literal | undefined {
  const literals: Literal[] = [];
  for (let i = 0; i < value.length; i++) {
    if (!conversion.enter(i)) continue;
    const literal = convert(value[i] as JsonValue, type, conversion);
    if (literal) literals.push(literal);
    conversion.leave();
  }
  if (literals.length < value.length) return undefined;
  return create(LiteralSchema, { value: { case: "collection", value: { literals } } });
}

/** In the order of the keys' names, so that equal maps make equal bytes. */
function map(value: { [key: string]: JsonValue }, type: LiteralType, conversion: Conversion): Literal | undefined {
  const keys = Object.keys(value).sort();
  const entries: [string, Literal][] = [];
  for (const key of keys) {
    if (!isText(key, conversion) || !conversion.enter(key)) continue;
    const literal = convert(value[key] as JsonValue, type, conversion);
    if (literal) entries.push([key, literal]);
    conversion.leave();
  }
  if (entries.length < keys.length) return undefined;
  return create(LiteralSchema, { value: { case: "map", value: { literals: Object.fromEntries(entries) } } });
}
