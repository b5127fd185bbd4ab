import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Literal, Primitive, Scalar } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { BlobType_BlobDimensionality as Dimensionality } from "@flyte-webhook/idl/flyteidl2/core/types";
import { decodeMsgpack } from "@flyte-webhook/literals";
import { formatGoDuration } from "../go-duration.ts";
import { rpcError } from "../rpc-error.ts";
import { microsOf } from "../store/time.ts";

/** Literal → JSON as a launch form shows it; `literalOfJson` reads it back. Throws `invalid_argument` for a literal without a value. */
export function jsonOfLiteral({ value: literal }: Literal): JsonValue {
  switch (literal.case) {
    case "scalar":
      return jsonOfScalar(literal.value.value);
    case "collection":
      return literal.value.literals.map(jsonOfLiteral);
    case "map":
      return Object.fromEntries(
        Object.entries(literal.value.literals).map(([key, item]) => [key, jsonOfLiteral(item)]),
      );
    case "offloadedMetadata":
      throw rpcError.unimplemented("offloaded values are not shown in a form");
    default:
      throw rpcError.invalidArgument("a literal has no value");
  }
}

function jsonOfScalar(value: Scalar["value"]): JsonValue {
  switch (value.case) {
    case "primitive":
      return jsonOfPrimitive(value.value.value);
    case "union":
      if (!value.value.value) throw rpcError.invalidArgument("a union has no value");
      return jsonOfLiteral(value.value.value);
    case "generic":
      return value.value;
    case "binary":
      return jsonOfBytes(value.value.value, value.value.tag);
    case "blob": {
      const { format = "", dimensionality = Dimensionality.SINGLE } = value.value.metadata?.type ?? {};
      return { uri: value.value.uri, format, dimensionality: Dimensionality[dimensionality] ?? "SINGLE" };
    }
    case "structuredDataset":
      return { uri: value.value.uri, format: value.value.metadata?.structuredDatasetType?.format ?? "" };
    case "noneType":
      return { type: "null" };
    default:
      throw rpcError.unimplemented(`a ${value.case ?? "scalar without a value"} is not shown in a form`);
  }
}

function jsonOfPrimitive(value: Primitive["value"]): JsonValue {
  switch (value.case) {
    case "integer":
      return plain(value.value);
    case "datetime":
      return new Date(microsOf(value.value) / 1000).toISOString().replace(/\.000Z$/, "Z");
    case "duration":
      return formatGoDuration(value.value.seconds, value.value.nanos);
    case undefined:
      throw rpcError.invalidArgument("a primitive has no value");
    default:
      return value.value;
  }
}

function jsonOfBytes(bytes: Uint8Array, tag: string): JsonValue {
  if (tag !== "msgpack") return Buffer.from(bytes).toString("base64");
  try {
    return plain(decodeMsgpack(bytes));
  } catch {
    return Buffer.from(bytes).toString("base64");
  }
}

/** The numbers of JSON are doubles: an integer that is none of them is a text, which the way back takes. */
function plain(value: unknown): JsonValue {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value as JsonValue;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
