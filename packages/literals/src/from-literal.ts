/** Literal → JSON for reading: nothing is executed, nothing is fetched, nothing fails as a whole. */
import type { Literal, Scalar } from "@flyte-webhook/idl/flyteidl2/core/literals";
import type { JsonObject, JsonValue } from "./json.ts";
import { base64, decodeMsgpack } from "./msgpack.ts";
import { durationSeconds, formatDatetime } from "./time.ts";

export function fromLiteral({ value }: Literal): JsonValue {
  switch (value.case) {
    case "scalar":
      return fromScalar(value.value);
    case "collection":
      return value.value.literals.map(fromLiteral);
    case "map":
      return Object.fromEntries(Object.entries(value.value.literals).map(([key, item]) => [key, fromLiteral(item)]));
    case "offloadedMetadata":
      return { $type: "offloaded", uri: value.value.uri, size_bytes: value.value.sizeBytes };
    default:
      return null;
  }
}

function fromScalar({ value: scalar }: Scalar): JsonValue {
  switch (scalar.case) {
    case "primitive": {
      const { value } = scalar.value;
      if (value.case === "datetime") return formatDatetime(value.value);
      if (value.case === "duration") return durationSeconds(value.value);
      if (value.case === "floatValue" && !Number.isFinite(value.value)) return String(value.value);
      return value.value ?? null;
    }
    case "union": {
      const inner = scalar.value.value ? fromLiteral(scalar.value.value) : null;
      // A Python `date` travels as a datetime; only its tag tells.
      const isDate = scalar.value.type?.structure?.tag === "date" && typeof inner === "string";
      return isDate ? inner.slice(0, 10) : inner;
    }
    case "blob": {
      const { uri, metadata } = scalar.value;
      return {
        path: uri,
        name: uri.replace(/\/+$/, "").split("/").at(-1) ?? "",
        format: metadata?.type?.format ?? "",
        hash: null,
      };
    }
    case "structuredDataset":
      return { uri: scalar.value.uri, format: scalar.value.metadata?.structuredDatasetType?.format ?? "" };
    case "binary":
      return fromBinaryScalar(scalar.value.tag, scalar.value.value);
    case "generic":
      return scalar.value as JsonObject;
    case "schema":
      return { uri: scalar.value.uri };
    case "error":
      return { $type: "error", message: scalar.value.message };
    default:
      return null;
  }
}

/** MessagePack is data and is shown; a binary without a tag is a pickle, which is never read. */
function fromBinaryScalar(tag: string, bytes: Uint8Array): JsonValue {
  if (tag === "msgpack") {
    try {
      return decodeMsgpack(bytes);
    } catch {
      return { $type: "binary", tag, bytes: base64(bytes) };
    }
  }
  return tag === "" ? { $type: "pickle", bytes: base64(bytes) } : { $type: "binary", tag, bytes: base64(bytes) };
}
