import type { Literal, Scalar } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { base64 } from "./base64.ts";
import { decodeMsgpack } from "./decode-msgpack.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { objectOf } from "./key-order.ts";
import { PICKLE_FORMAT } from "./pickle-type.ts";
import { durationSeconds, formatDatetime } from "./time.ts";

/**
 * Literal → JSON for reading: nothing is executed, nothing is fetched, nothing fails as a whole. What JSON cannot say is
 * an object with `$type`: `pickle` and `binary` (with `bytes` in base64, or `uri`), `offloaded` (`uri`, `size_bytes`),
 * `error` (`message`), `datetime` (`seconds`, `nanos`) for a time outside the years 1 to 9999.
 */
export function fromLiteral({ value, hash }: Literal): JsonValue {
  switch (value.case) {
    case "scalar":
      return fromScalar(value.value, hash);
    case "collection":
      return value.value.literals.map(fromLiteral);
    case "map":
      return objectOf(Object.entries(value.value.literals).map(([key, item]) => [key, fromLiteral(item)]));
    case "offloadedMetadata":
      return { $type: "offloaded", uri: value.value.uri, size_bytes: value.value.sizeBytes };
    default:
      return null;
  }
}

function fromScalar({ value: scalar }: Scalar, hash: string): JsonValue {
  switch (scalar.case) {
    case "primitive": {
      const { value } = scalar.value;
      if (value.case === "datetime")
        return formatDatetime(value.value) ?? { $type: "datetime", ...partsOf(value.value) };
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
      const format = metadata?.type?.format ?? "";
      if (format === PICKLE_FORMAT) return { $type: "pickle", uri };
      return { path: uri, name: lastSegment(uri), format, hash: hash || null };
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

/** The name in a path or URI: its last segment. */
export function lastSegment(uri: string): string {
  let end = uri.length;
  while (end > 0 && uri[end - 1] === "/") end--;
  return uri.slice(uri.lastIndexOf("/", end - 1) + 1, end);
}

function partsOf({ seconds, nanos }: { seconds: bigint; nanos: number }): JsonObject {
  return { seconds, nanos: BigInt(nanos) };
}
