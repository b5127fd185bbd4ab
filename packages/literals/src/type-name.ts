import { type LiteralType, SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { isAny } from "./pickle-type.ts";

const SIMPLE: Readonly<Record<number, string>> = {
  [SimpleType.NONE]: "null",
  [SimpleType.INTEGER]: "an integer",
  [SimpleType.FLOAT]: "a number",
  [SimpleType.STRING]: "a string",
  [SimpleType.BOOLEAN]: "a boolean",
  [SimpleType.DATETIME]: "a datetime (ISO 8601)",
  [SimpleType.DURATION]: "a duration (seconds or ISO 8601)",
  [SimpleType.BINARY]: "binary data",
  [SimpleType.ERROR]: "an error",
};

/** A type in words for a person: `an integer`, `a list of numbers`, … */
export function typeName(literalType: LiteralType): string {
  const { type } = literalType;
  switch (type.case) {
    case "simple":
      return type.value === SimpleType.STRUCT
        ? structName(literalType)
        : (SIMPLE[type.value] ?? "a value of an unknown type");
    case "collectionType":
      return `a list, each item ${typeName(type.value)}`;
    case "mapValueType":
      return `an object, each value ${typeName(type.value)}`;
    case "enumType":
      return `one of ${type.value.values.join(", ")}`;
    case "unionType":
      return isAny(literalType) ? "any value" : type.value.variants.map(typeName).join(" or ");
    case "blob":
      return type.value.dimensionality === 1 ? "a directory" : "a file";
    case "structuredDatasetType":
      return "a structured dataset";
    case "schema":
      return "a schema";
    default:
      return "a value of an unknown type";
  }
}

/** The class by which a model's author knows it; wrappers of Flyte are nobody's. */
function structName({ metadata }: LiteralType): string {
  const title = metadata?.title;
  return typeof title === "string" && title !== "" && !/Wrapper_/.test(title) ? `an object (${title})` : "an object";
}
