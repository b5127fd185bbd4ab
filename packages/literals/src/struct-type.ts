import { type LiteralType, SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";

/** What Python made a STRUCT of, which decides what else it takes: a tuple a list, pydantic `"yes"` for true. */
export type StructFlavour = "pydantic" | "tuple" | "protobuf" | "dataclass";

const TUPLE_TAGS = new Set(["Typed Tuple", "NamedTuple"]);
const PYDANTIC_TAGS = new Set(["Pydantic Transformer", "TypedDict"]);

/** Told by the registered tag or, where a wrapper of Flyte stands for a tuple, by its title. */
export function structFlavour({ metadata, structure }: LiteralType): StructFlavour {
  if (typeof metadata?.pb_type === "string") return "protobuf";
  const tag = structure?.tag ?? "";
  const title = typeof metadata?.title === "string" ? metadata.title : "";
  if (TUPLE_TAGS.has(tag) || /^(?:Named)?TupleWrapper_/.test(title)) return "tuple";
  return PYDANTIC_TAGS.has(tag) || title.startsWith("TypedDictWrapper_") ? "pydantic" : "dataclass";
}

/** Keywords without which metadata is no schema; a dict may carry a description alone. */
const SCHEMA_WORDS = ["type", "properties", "$ref", "anyOf", "oneOf", "allOf", "additionalProperties"];

/** A plain dict: a STRUCT whose keys nothing describes. */
export function isUntyped({ type, metadata }: LiteralType): boolean {
  if (type.case !== "simple" || type.value !== SimpleType.STRUCT) return false;
  return !metadata || (metadata.pb_type === undefined && !SCHEMA_WORDS.some((word) => Object.hasOwn(metadata, word)));
}
