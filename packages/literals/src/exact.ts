import { type LiteralType, SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { isObject, type JsonValue } from "./json.ts";
import { isAny } from "./pickle-type.ts";

/** The kind of JSON value that a simple type is written as; an integer is a float as it stands. */
const WRITTEN_AS: Readonly<Record<number, readonly string[]>> = {
  [SimpleType.INTEGER]: ["bigint"],
  [SimpleType.FLOAT]: ["bigint", "number"],
  [SimpleType.STRING]: ["string"],
  [SimpleType.BOOLEAN]: ["boolean"],
};

/**
 * Whether a value that fits a type is of it as it stands, with nothing read into it: `["1"]` is a list of strings, though a
 * list of integers takes it too. Python, which reads nothing into a value, takes it for the former alone.
 */
export function isExact(value: JsonValue, literalType: LiteralType): boolean {
  const { type } = literalType;
  switch (type.case) {
    case "simple":
      if (type.value === SimpleType.NONE) return value === null;
      if (type.value === SimpleType.STRUCT) return isObject(value);
      return WRITTEN_AS[type.value]?.includes(typeof value) ?? false;
    case "enumType":
      return typeof value === "string";
    case "collectionType":
      return Array.isArray(value) && value.every((item) => isExact(item, type.value));
    case "mapValueType":
      return isObject(value) && Object.values(value).every((item) => isExact(item, type.value));
    case "unionType":
      return isAny(literalType) || type.value.variants.some((variant) => isExact(value, variant));
    default:
      return false;
  }
}
