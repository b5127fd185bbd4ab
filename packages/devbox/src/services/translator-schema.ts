import { create, type JsonObject, type JsonValue, type MessageInitShape } from "@bufbuild/protobuf";
import {
  BlobType_BlobDimensionality as Dimensionality,
  type LiteralType,
  LiteralTypeSchema,
  SimpleType,
} from "@flyte-webhook/idl/flyteidl2/core/types";
import { rpcError } from "../rpc-error.ts";
import { isObject } from "./translator-json.ts";

const SIMPLE: Partial<Record<SimpleType, JsonObject>> = {
  [SimpleType.NONE]: { type: "null" },
  [SimpleType.STRING]: { type: "string" },
  [SimpleType.INTEGER]: { type: "integer" },
  [SimpleType.FLOAT]: { type: "number", format: "float" },
  [SimpleType.BOOLEAN]: { type: "boolean" },
  [SimpleType.DATETIME]: { type: "string", format: "datetime" },
  [SimpleType.DURATION]: { type: "string", format: "duration" },
  [SimpleType.ERROR]: { type: "string", format: "error" },
  [SimpleType.BINARY]: { type: "string", format: "binary" },
};

/** The schema of a type in a launch form, as the real plane writes it; `typeOfSchema` reads it back. */
export function schemaOfType(type: LiteralType): JsonObject {
  const { type: declared } = type;
  switch (declared.case) {
    case "simple": {
      const schema = SIMPLE[declared.value];
      if (schema) return { ...schema };
      if (declared.value === SimpleType.STRUCT) return structSchema(type);
      throw rpcError.invalidArgument(`the simple type ${declared.value} is not known`);
    }
    case "collectionType":
      return { type: "array", items: schemaOfType(declared.value) };
    case "mapValueType":
      return { type: "object", additionalProperties: schemaOfType(declared.value) };
    case "enumType":
      return { type: "string", enum: [...declared.value.values] };
    case "blob": {
      const { format, dimensionality } = declared.value;
      const properties = {
        uri: { type: "string", default: "" },
        format: { type: "string", default: format },
        dimensionality: {
          type: "string",
          enum: ["SINGLE", "MULTIPART"],
          default: Dimensionality[dimensionality] ?? "SINGLE",
        },
      };
      return { type: "object", format: "blob", properties };
    }
    case "structuredDatasetType":
      return {
        type: "object",
        format: "structured-dataset",
        properties: { uri: { type: "string" }, format: { type: "string" } },
      };
    case "unionType":
      return {
        oneOf: declared.value.variants.map((variant) => ({
          ...schemaOfType(variant),
          title: titleOf(variant),
          structure: variant.structure?.tag ?? "",
        })),
        format: "union",
      };
    default:
      throw rpcError.invalidArgument(`the type ${declared.case ?? "without a kind"} is not supported`);
  }
}

/** The model that the task declares; its name is not a title here, and other fields are not refused. */
function structSchema({ metadata }: LiteralType): JsonObject {
  const { title, additionalProperties: _, ...schema } = (metadata as JsonObject | undefined) ?? { type: "object" };
  return { ...schema, ...(title !== undefined && { dataclass: title }) };
}

const TITLES: Partial<Record<SimpleType, string>> = {
  [SimpleType.STRING]: "string",
  [SimpleType.INTEGER]: "integer",
  [SimpleType.FLOAT]: "number",
  [SimpleType.BOOLEAN]: "boolean",
  [SimpleType.DATETIME]: "datetime",
  [SimpleType.DURATION]: "duration",
  [SimpleType.BINARY]: "binary",
  [SimpleType.NONE]: "none",
};

function titleOf({ type, metadata }: LiteralType): string {
  switch (type.case) {
    case "simple": {
      const title = (metadata as JsonObject | undefined)?.title;
      if (type.value === SimpleType.STRUCT) return typeof title === "string" ? title : "object";
      return TITLES[type.value] ?? "unknown";
    }
    case "collectionType":
      return "array";
    case "mapValueType":
      return "object";
    case "blob":
      return "blob";
    case "enumType":
      return "enum";
    case "structuredDatasetType":
      return "structured_dataset";
    case "unionType":
      return "union";
    default:
      return "unknown";
  }
}

type TypeInit = NonNullable<MessageInitShape<typeof LiteralTypeSchema>["type"]>;

/** The type that a field of a launch form stands for. Throws `invalid_argument`. */
export function typeOfSchema(schema: JsonObject): LiteralType {
  const { structure, oneOf } = schema;
  return create(LiteralTypeSchema, {
    type: Array.isArray(oneOf) ? unionOf(oneOf) : typeNamed(schema),
    ...(typeof structure === "string" && { structure: { tag: structure } }),
    ...(schema.type === "object" && { metadata: schema }),
  });
}

function typeNamed(schema: JsonObject): TypeInit {
  const { type, format, items, additionalProperties } = schema;
  const simple = (value: SimpleType): TypeInit => ({ case: "simple", value });
  const timed = format === "datetime" ? SimpleType.DATETIME : format === "duration" ? SimpleType.DURATION : undefined;
  switch (type) {
    case "string":
      if (Array.isArray(schema.enum)) return { case: "enumType", value: { values: schema.enum.map(String) } };
      return simple(timed ?? SimpleType.STRING);
    case "integer":
      return simple(timed ?? SimpleType.INTEGER);
    case "number":
      return simple(SimpleType.FLOAT);
    case "boolean":
      return simple(SimpleType.BOOLEAN);
    case "null":
      return simple(SimpleType.NONE);
    case "array":
      return { case: "collectionType", value: typeOfSchema(isObject(items) ? items : { type: "string" }) };
    case "object":
      if (format === "blob") return { case: "blob", value: blobType(schema.properties) };
      if (format === "structured-dataset") return { case: "structuredDatasetType", value: {} };
      if (isObject(additionalProperties)) return { case: "mapValueType", value: typeOfSchema(additionalProperties) };
      return simple(SimpleType.STRUCT);
    default:
      throw rpcError.invalidArgument(
        `a field of the form has no "type" that is known: ${JSON.stringify(type ?? null)}`,
      );
  }
}

function unionOf(oneOf: readonly JsonValue[]): TypeInit {
  const variants = oneOf.map((variant) => {
    if (!isObject(variant)) throw rpcError.invalidArgument("a variant of a union in the form is no object");
    return typeOfSchema(variant);
  });
  return { case: "unionType", value: { variants } };
}

function blobType(properties: JsonValue | undefined) {
  const defaultOf = (name: string) => {
    const property = isObject(properties) ? properties[name] : undefined;
    return isObject(property) ? property.default : undefined;
  };
  const format = defaultOf("format");
  const dimensionality = defaultOf("dimensionality") === "MULTIPART" ? Dimensionality.MULTIPART : Dimensionality.SINGLE;
  return { format: typeof format === "string" ? format : "", dimensionality };
}
