/** JSON → literal, directed by the declared type. Problems are collected; a value with one has no literal. */
import { create } from "@bufbuild/protobuf";
import type { Issue } from "@flyte-webhook/core";
import { type Literal, LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import {
  type BlobType_BlobDimensionality as Dimensionality,
  type LiteralType,
  SimpleType,
} from "@flyte-webhook/idl/flyteidl2/core/types";
import type { JsonObject, JsonValue } from "./json.ts";
import { encodeMsgpack } from "./msgpack.ts";
import { parseDatetime, parseDuration } from "./time.ts";
import { typeName } from "./type-name.ts";

type Loc = Issue["loc"];

/** Values nested deeper than this are refused rather than followed. */
const MAX_DEPTH = 64;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

export function toLiteral(
  value: JsonValue,
  type: LiteralType,
  loc: Loc,
  issues: Issue[],
  depth = 0,
): Literal | undefined {
  const report = (code: string, msg: string): undefined => void issues.push(issue(code, loc, msg, value));
  if (depth > MAX_DEPTH) return report("out_of_range", `nested deeper than ${MAX_DEPTH}`);
  const declared = type.type;
  switch (declared.case) {
    case "simple":
      return simple(value, declared.value, type, report);
    case "enumType":
      return typeof value === "string" && declared.value.values.includes(value)
        ? primitive({ case: "stringValue", value })
        : report("invalid_enum", `should be ${typeName(type)}`);
    case "collectionType": {
      if (!Array.isArray(value)) return mismatch(value, type, report);
      const items = value.map((item, index) => toLiteral(item, declared.value, [...loc, index], issues, depth + 1));
      return (
        complete(items) &&
        create(LiteralSchema, { value: { case: "collection", value: { literals: items as Literal[] } } })
      );
    }
    case "mapValueType": {
      if (!isObject(value)) return mismatch(value, type, report);
      const entries = Object.entries(value).map(([key, item]): [string, Literal | undefined] => [
        key,
        toLiteral(item, declared.value, [...loc, key], issues, depth + 1),
      ]);
      if (!entries.every(([, literal]) => literal)) return undefined;
      const literals = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) as Record<string, Literal>;
      return create(LiteralSchema, { value: { case: "map", value: { literals } } });
    }
    case "unionType":
      return union(value, type, declared.value.variants, loc, issues, depth, report);
    case "blob":
      return blob(value, type, declared.value.dimensionality, declared.value.format, report);
    case "structuredDatasetType": {
      const found = reference(value, report);
      return (
        found &&
        scalar(
          {
            case: "structuredDataset",
            value: {
              uri: found.uri,
              metadata: { structuredDatasetType: { format: found.format ?? declared.value.format } },
            },
          },
          found.hash,
        )
      );
    }
    default:
      return report("unsupported_type", `${typeName(type)} cannot be given as JSON`);
  }
}

type Report = (code: string, msg: string) => undefined;

function simple(value: JsonValue, kind: SimpleType, type: LiteralType, report: Report): Literal | undefined {
  switch (kind) {
    case SimpleType.NONE:
      return value === null ? scalar({ case: "noneType", value: {} }) : mismatch(value, type, report);
    case SimpleType.INTEGER: {
      const integer = integerOf(value);
      if (integer === undefined) return mismatch(value, type, report);
      if (integer < INT64.min || integer > INT64.max) return report("out_of_range", "should fit a 64-bit integer");
      return primitive({ case: "integer", value: integer });
    }
    case SimpleType.FLOAT: {
      const number = floatOf(value);
      if (number === undefined) return mismatch(value, type, report);
      if (!Number.isFinite(number) && typeof value !== "string")
        return report("out_of_range", "should fit a 64-bit float");
      return primitive({ case: "floatValue", value: number });
    }
    case SimpleType.STRING:
      return typeof value === "string" ? primitive({ case: "stringValue", value }) : mismatch(value, type, report);
    case SimpleType.BOOLEAN:
      return typeof value === "boolean" ? primitive({ case: "boolean", value }) : mismatch(value, type, report);
    case SimpleType.DATETIME: {
      if (typeof value !== "string") return mismatch(value, type, report);
      const moment = parseDatetime(value);
      return moment
        ? primitive({ case: "datetime", value: moment })
        : report("invalid_format", "should be ISO 8601, for example 2026-01-02T03:04:05Z");
    }
    case SimpleType.DURATION: {
      if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint")
        return mismatch(value, type, report);
      const duration = parseDuration(value);
      return duration
        ? primitive({ case: "duration", value: duration })
        : report("invalid_format", "should be a number of seconds or ISO 8601, for example PT1H30M");
    }
    case SimpleType.STRUCT:
      if (type.metadata !== undefined) {
        const title = String(type.metadata.title ?? "a model");
        return report("unsupported_type", `${title} (an object with a JSON Schema) cannot be given as JSON yet`);
      }
      return struct(value, type, report);
    default:
      return report("unsupported_type", `${typeName(type)} cannot be given as JSON`);
  }
}

function struct(value: JsonValue, type: LiteralType, report: Report): Literal | undefined {
  if (!isObject(value)) return mismatch(value, type, report);
  try {
    return scalar({ case: "binary", value: { tag: "msgpack", value: encodeMsgpack(value) } });
  } catch (error) {
    return report("out_of_range", (error as Error).message);
  }
}

/** Integers as such, as an integral decimal, or as digits in a text (protobuf's JSON form of int64). */
function integerOf(value: JsonValue): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === "string" && /^-?\d{1,19}$/.test(value) ? BigInt(value) : undefined;
}

function floatOf(value: JsonValue): number | undefined {
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  return value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : undefined;
}

/** Variants that a kind of JSON value means without trying, best first. */
const BY_KIND: Readonly<Record<string, readonly SimpleType[]>> = {
  boolean: [SimpleType.BOOLEAN],
  bigint: [SimpleType.INTEGER, SimpleType.FLOAT],
  number: [SimpleType.FLOAT, SimpleType.INTEGER],
  string: [SimpleType.STRING],
};

/** Chooses the registered variant by the value's kind, else the only one that takes it; it carries the variant's tag. */
function union(
  value: JsonValue,
  type: LiteralType,
  variants: readonly LiteralType[],
  loc: Loc,
  issues: Issue[],
  depth: number,
  report: Report,
): Literal | undefined {
  const isSimple = (kind: SimpleType) => (variant: LiteralType) =>
    variant.type.case === "simple" && variant.type.value === kind;
  const wrap = (literal: Literal | undefined, variant: LiteralType) =>
    literal && scalar({ case: "union", value: { value: literal, type: variant } });
  if (value === null) {
    const none = variants.find(isSimple(SimpleType.NONE));
    return none
      ? wrap(scalar({ case: "noneType", value: {} }), none)
      : report("null_not_allowed", `should be ${typeName(type)}`);
  }
  for (const kind of BY_KIND[typeof value] ?? []) {
    const variant = variants.find(isSimple(kind));
    const literal = variant && toLiteral(value, variant, loc, [], depth + 1);
    if (variant && literal) return wrap(literal, variant);
  }
  const others = variants.filter((variant) => !isSimple(SimpleType.NONE)(variant));
  const dict = isObject(value)
    ? others.find((one) => isSimple(SimpleType.STRUCT)(one) && one.metadata === undefined)
    : undefined;
  const only = dict ?? (others.length === 1 ? others[0] : undefined);
  if (only) return wrap(toLiteral(value, only, loc, issues, depth + 1), only);
  const fitting = others.flatMap((variant) => {
    const literal = toLiteral(value, variant, loc, [], depth + 1);
    return literal ? [{ literal, variant }] : [];
  });
  const [first, second] = fitting;
  if (!first) return report("no_union_variant", `should be ${typeName(type)}`);
  if (second) return report("ambiguous_union", `fits several of: ${typeName(type)}`);
  return wrap(first.literal, first.variant);
}

/** A URI, or an object with `uri` or `path` and optional `format` and `hash`: what `/io` shows can be given back. */
function reference(value: JsonValue, report: Report): { uri: string; format?: string; hash?: string } | undefined {
  const source = typeof value === "string" ? { uri: value } : isObject(value) ? value : undefined;
  const uri = source?.uri ?? (source as JsonObject | undefined)?.path;
  if (!source || typeof uri !== "string" || uri === "") {
    return report("type_mismatch", "should be a URI, or an object with uri (or path) and optional format and hash");
  }
  const { format, hash } = source as JsonObject;
  return {
    uri,
    ...(typeof format === "string" && format !== "" && { format }),
    ...(typeof hash === "string" && hash !== "" && { hash }),
  };
}

function blob(value: JsonValue, type: LiteralType, dimensionality: Dimensionality, format: string, report: Report) {
  if (format === "PythonPickle") return report("unsupported_type", "a pickled Python object cannot be given as JSON");
  const found = reference(value, (code, msg) => report(code, `${typeName(type)} ${msg}`));
  if (!found) return undefined;
  const metadata = { type: { dimensionality, format: found.format ?? format } };
  return scalar({ case: "blob", value: { uri: found.uri, metadata } }, found.hash);
}

function mismatch(value: JsonValue, type: LiteralType, report: Report): undefined {
  if (value === null) return report("null_not_allowed", `should be ${typeName(type)}; null is not allowed`);
  return report("type_mismatch", `should be ${typeName(type)}, not ${kindOf(value)}`);
}

function kindOf(value: JsonValue): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "bigint") return "an integer";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `literals` when none is missing; its problems are told already. */
function complete(literals: (Literal | undefined)[]): true | undefined {
  return literals.every((literal) => literal !== undefined) || undefined;
}

function issue(type: string, loc: Loc, msg: string, value: JsonValue): Issue {
  const small = (typeof value !== "object" || value === null) && (typeof value !== "string" || value.length <= 100);
  return { type, loc, msg, ...(small && { input: value }) };
}

/** The cases of a scalar as `create` takes them. */
type ScalarInit = { case: string; value: unknown };

function scalar(value: ScalarInit, hash = ""): Literal {
  return create(LiteralSchema, { hash, value: { case: "scalar", value: { value } } } as never);
}

type PrimitiveInit =
  | { case: "integer"; value: bigint }
  | { case: "floatValue"; value: number }
  | { case: "stringValue"; value: string }
  | { case: "boolean"; value: boolean }
  | { case: "datetime" | "duration"; value: { seconds: bigint; nanos: number } };

function primitive(value: PrimitiveInit): Literal {
  return scalar({ case: "primitive", value: { value } });
}
