import type { Literal } from "@flyte-webhook/idl/flyteidl2/core/literals";
import type { BlobType, LiteralType, StructuredDatasetType } from "@flyte-webhook/idl/flyteidl2/core/types";
import type { Conversion } from "./conversion.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { scalar } from "./literal.ts";
import { mismatch } from "./mismatch.ts";
import { PICKLE_FORMAT } from "./pickle-type.ts";
import { isText } from "./plain-json.ts";
import { typeName } from "./type-name.ts";

/** A file or directory by its URI. A directory must say that it has parts: a task refuses one that does not. */
export function blobLiteral(
  value: JsonValue,
  { dimensionality, format }: BlobType,
  type: LiteralType,
  conversion: Conversion,
): Literal | undefined {
  if (format === PICKLE_FORMAT) {
    return conversion.report("unsupported_type", "a pickled Python object cannot be given as JSON");
  }
  const found = reference(value, type, dimensionality === 1 ? "MULTIPART" : "SINGLE", conversion);
  if (!found) return undefined;
  const metadata = { type: { dimensionality, format: found.format || format } };
  return scalar({ case: "blob", value: { uri: found.uri, metadata } }, found.hash);
}

/** A table by its URI. */
export function datasetLiteral(
  value: JsonValue,
  { format }: StructuredDatasetType,
  type: LiteralType,
  conversion: Conversion,
): Literal | undefined {
  const found = reference(value, type, undefined, conversion);
  if (!found) return undefined;
  const metadata = { structuredDatasetType: { format: found.format || format } };
  return scalar({ case: "structuredDataset", value: { uri: found.uri, metadata } }, found.hash);
}

/** `name` is what `/io` shows besides; it is part of the path. */
const TEXTS = ["uri", "path", "format", "hash", "name"];

interface Reference {
  readonly uri: string;
  readonly format: string;
  readonly hash: string;
}

/** A URI, or an object with `uri` or `path` and optional `format` and `hash`: what `/io` shows can be given back. */
function reference(
  value: JsonValue,
  type: LiteralType,
  dimensionality: "SINGLE" | "MULTIPART" | undefined,
  conversion: Conversion,
): Reference | undefined {
  if (typeof value !== "string" && !isObject(value)) return mismatch(value, type, conversion);
  const source: JsonObject = typeof value === "string" ? { uri: value } : value;
  let sound = true;
  const refuse = (code: string, msg: string, key?: string) => {
    conversion.report(code, msg, undefined, key);
    sound = false;
  };
  for (const [key, item] of Object.entries(source)) {
    if (TEXTS.includes(key)) {
      if (item !== null && typeof item !== "string") refuse("type_mismatch", "should be a string", key);
      else if (item !== null && !isText(item, conversion)) sound = false;
    } else if (key === "dimensionality" && dimensionality) {
      if (item !== dimensionality) refuse("schema_violation", `should be ${dimensionality} for ${typeName(type)}`, key);
    } else refuse("schema_violation", "is not part of a reference, which has uri (or path), format and hash", key);
  }
  const { uri, path, format, hash } = source;
  const address = uri || path;
  if (uri && path && uri !== path) refuse("schema_violation", "has both a uri and a path, which differ");
  if (!address) {
    refuse("schema_violation", `should be ${typeName(type)}: a URI, or an object with uri (or path), format and hash`);
  }
  if (!sound) return undefined;
  return { uri: address as string, format: (format ?? "") as string, hash: (hash ?? "") as string };
}
