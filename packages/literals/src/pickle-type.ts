import { type LiteralType, SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";

/** The format by which a blob says that it holds a pickle. */
export const PICKLE_FORMAT = "PythonPickle";

/** A blob or binary that holds a pickle. */
function isPickled({ type }: LiteralType): boolean {
  return type.case === "blob"
    ? type.value.format === PICKLE_FORMAT
    : type.case === "simple" && type.value === SimpleType.BINARY;
}

/**
 * How Python registers `Any` and all it has no type for: a union of a pickled blob and a binary, which is one type, whose
 * values are not wrapped as those of a union are.
 */
export function isAny({ type }: LiteralType): boolean {
  return type.case === "unionType" && type.value.variants.length > 0 && type.value.variants.every(isPickled);
}
