import { clone, create, type JsonValue } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Literal,
  LiteralSchema,
  type PrimitiveSchema,
  type ScalarSchema,
} from "@flyte-webhook/idl/flyteidl2/core/literals";
import {
  BlobType_BlobDimensionality as Dimensionality,
  type LiteralType,
  LiteralTypeSchema,
  SimpleType,
  TypeStructureSchema,
} from "@flyte-webhook/idl/flyteidl2/core/types";
import { parseGoDuration } from "../go-duration.ts";
import { rpcError } from "../rpc-error.ts";
import { isObject } from "./translator-json.ts";

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * JSON → literal by the rules of the real plane's translator, which are not those of the webhook: a struct stays plain
 * JSON, a duration is Go's (`3600s`, `1h`), a union takes the first variant that fits. Other than there, an integer with
 * a fraction or beyond 2^53 is refused, not changed (as text, integers of any size are taken).
 * Throws `invalid_argument` naming the variable.
 */
export function literalOfJson(value: JsonValue, type: LiteralType, name: string): Literal {
  const { type: declared } = type;
  const invalid = (wanted: string) =>
    rpcError.invalidArgument(`${name}: ${JSON.stringify(value)?.slice(0, 100)} is not ${wanted}`);
  if (isNull(value)) {
    const none = declared.case === "unionType" ? noneVariant(type) : undefined;
    if (none) return noneOf(none);
    throw rpcError.invalidArgument(`null value provided for non-optional variable ${JSON.stringify(name)}`);
  }
  switch (declared.case) {
    case "simple":
      return simpleOfJson(value, declared.value, invalid);
    case "enumType":
      if (typeof value !== "string" || !declared.value.values.includes(value)) {
        throw invalid(`one of ${declared.value.values.join(", ")}`);
      }
      return primitive({ case: "stringValue", value });
    case "collectionType": {
      if (!Array.isArray(value)) throw invalid("an array");
      const literals = value.map((item, i) => literalOfJson(item, declared.value, `${name}[${i}]`));
      return create(LiteralSchema, { value: { case: "collection", value: { literals } } });
    }
    case "mapValueType": {
      if (!isObject(value)) throw invalid("an object");
      const literals = Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, literalOfJson(item, declared.value, `${name}.${key}`)]),
      );
      return create(LiteralSchema, { value: { case: "map", value: { literals } } });
    }
    case "unionType":
      return unionOfJson(value, declared.value.variants, name);
    case "structuredDatasetType": {
      if (!isObject(value) || typeof value.uri !== "string" || typeof value.format !== "string") {
        throw invalid("an object with the texts uri and format");
      }
      const metadata = { structuredDatasetType: { format: value.format } };
      return scalar({ case: "structuredDataset", value: { uri: value.uri, metadata } });
    }
    case "blob": {
      const dimensionality = isObject(value) ? dimensionalityOf(value.dimensionality) : undefined;
      if (
        !isObject(value) ||
        typeof value.uri !== "string" ||
        typeof value.format !== "string" ||
        dimensionality === undefined
      ) {
        throw invalid("an object with uri, format and dimensionality (SINGLE or MULTIPART)");
      }
      return scalar({
        case: "blob",
        value: { uri: value.uri, metadata: { type: { format: value.format, dimensionality } } },
      });
    }
    default:
      throw rpcError.invalidArgument(`${name}: the type ${declared.case ?? "without a kind"} is not supported`);
  }
}

function simpleOfJson(value: JsonValue, type: SimpleType, invalid: (wanted: string) => Error): Literal {
  switch (type) {
    case SimpleType.STRING:
      if (typeof value !== "string") throw invalid("a text");
      return primitive({ case: "stringValue", value });
    case SimpleType.INTEGER: {
      const whole = typeof value === "number" ? Number.isSafeInteger(value) : /^-?\d{1,19}$/.test(String(value));
      if (!whole || typeof value === "boolean") throw invalid("an integer; beyond 2^53 it is written as a text");
      const integer = BigInt(value as string | number);
      if (BigInt.asIntN(64, integer) !== integer) throw invalid("an integer of 64 bits");
      return primitive({ case: "integer", value: integer });
    }
    case SimpleType.FLOAT:
      if (typeof value !== "number") throw invalid("a number");
      return primitive({ case: "floatValue", value });
    case SimpleType.BOOLEAN:
      if (typeof value !== "boolean") throw invalid("true or false");
      return primitive({ case: "boolean", value });
    case SimpleType.DATETIME: {
      const millis = typeof value === "string" && RFC_3339.test(value) ? Date.parse(value) : Number.NaN;
      if (Number.isNaN(millis)) throw invalid("a time as RFC 3339 writes it, such as 2026-01-02T03:04:05Z");
      const time = timestampFromMs(millis);
      time.nanos = Number((/\.(\d+)/.exec(value as string)?.[1] ?? "").padEnd(9, "0"));
      return primitive({ case: "datetime", value: time });
    }
    case SimpleType.DURATION: {
      const nanos =
        typeof value === "number"
          ? value * 1e9
          : /^\d+$/.test(String(value))
            ? Number(value) * 1e9
            : parseGoDuration(String(value));
      if (nanos === undefined || typeof value === "boolean") throw invalid("a duration such as 3600s or 1h30m");
      const seconds = Math.trunc(nanos / 1e9);
      return primitive({
        case: "duration",
        value: { seconds: BigInt(seconds), nanos: Math.trunc(nanos - seconds * 1e9) },
      });
    }
    case SimpleType.STRUCT:
      if (!isObject(value)) throw invalid("an object");
      return scalar({ case: "generic", value });
    default:
      throw invalid(`of a type that is written as JSON (${SimpleType[type]})`);
  }
}

function unionOfJson(value: JsonValue, variants: readonly LiteralType[], name: string): Literal {
  const problems: string[] = [];
  for (const variant of variants) {
    if (isNone(variant)) continue;
    try {
      return variantOf(literalOfJson(value, variant, name), variant);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw rpcError.invalidArgument(`${name} fits no variant of its union: ${problems.join("; ")}`);
}

/** Null, and what stands for it in a launch form. */
function isNull(value: JsonValue): boolean {
  return value === null || (isObject(value) && value.type === "null");
}

/** The variant of a union that is no value. */
export function noneVariant({ type }: LiteralType): LiteralType | undefined {
  return type.case === "unionType" ? type.value.variants.find(isNone) : undefined;
}

export function noneOf(variant: LiteralType): Literal {
  return variantOf(scalar({ case: "noneType", value: {} }), variant);
}

function isNone({ type }: LiteralType): boolean {
  return type.case === "simple" && type.value === SimpleType.NONE;
}

function variantOf(value: Literal, variant: LiteralType): Literal {
  const type = clone(LiteralTypeSchema, variant);
  type.structure = create(TypeStructureSchema, { tag: variant.structure?.tag ?? "" });
  return scalar({ case: "union", value: { value, type } });
}

function dimensionalityOf(value: JsonValue | undefined): Dimensionality | undefined {
  if (value === "SINGLE" || value === "0" || value === 0) return Dimensionality.SINGLE;
  return value === "MULTIPART" || value === "1" || value === 1 ? Dimensionality.MULTIPART : undefined;
}

type ScalarInit = NonNullable<Parameters<typeof create<typeof ScalarSchema>>[1]>["value"];
type PrimitiveInit = NonNullable<Parameters<typeof create<typeof PrimitiveSchema>>[1]>["value"];

function scalar(value: NonNullable<ScalarInit>): Literal {
  return create(LiteralSchema, { value: { case: "scalar", value: { value } } });
}

function primitive(value: NonNullable<PrimitiveInit>): Literal {
  return scalar({ case: "primitive", value: { value } });
}
