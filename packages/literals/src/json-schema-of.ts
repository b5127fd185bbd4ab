import type { VariableEntry } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { type LiteralType, SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import type { NamedParameter } from "@flyte-webhook/idl/flyteidl2/task/common";
import { defaultOf } from "./defaults.ts";
import { fromLiteral } from "./from-literal.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { objectOf } from "./key-order.ts";
import { isAny, PICKLE_FORMAT } from "./pickle-type.ts";
import { Definitions, structSchema } from "./struct-schema.ts";
import { MAX_SECONDS } from "./time.ts";
import { typeName } from "./type-name.ts";

/** Whether values are given to a task or shown by `/io`, which differ where several forms are taken but one is shown. */
export type SchemaUse = "input" | "output";

/**
 * The JSON Schema (2020-12) of a task's inputs, as `buildInputs` takes them, or of its outputs, as `literalsToJson` shows
 * them. The models of struct types are gathered in `$defs`, under names that begin with the variable's.
 *
 * What validates is accepted, and what does not is refused, but for what JSON Schema cannot say or should not:
 * - `format` is a remark to a validator: the range of `int64`, the syntax of dates, durations, `base64`;
 * - integers written with an exponent or fraction are taken up to 2^53, and as texts of digits at any size;
 * - `"NaN"`, `"Infinity"`, `"-Infinity"` are taken for a number; pydantic models take `"1.5"` for one and `"yes"` for true;
 * - a duration inside a model is taken as seconds and as ISO 8601, whichever its schema says;
 * - a pydantic `Enum` lists its names; its values are taken as well, and only the task knows them;
 * - a value that fits several variants of a union alike is refused as ambiguous, one whose first fitting variant is of its
 *   own kind is not;
 * - a file as an object may have both `uri` and `path` when they are the same;
 * - patterns that only Python reads, or that could match for ever, are left to the task;
 * - nesting beyond 64 levels, numbers beyond 64 bits and half surrogate pairs are refused anywhere.
 */
export function jsonSchemaOf(
  variables: readonly VariableEntry[],
  defaults: readonly NamedParameter[] = [],
  use: SchemaUse = "input",
): JsonObject {
  const definitions = new Definitions();
  const properties: [string, JsonValue][] = [];
  const required: string[] = [];
  for (const { key, value: variable } of variables) {
    const schema = variable?.type ? schemaOf(variable.type, { use, variable: key, definitions }) : {};
    const literal = defaultOf(defaults, key);
    if (!literal) required.push(key);
    properties.push([
      key,
      {
        ...schema,
        ...(variable?.description && { description: variable.description }),
        ...(literal && { default: fromLiteral(literal) }),
      },
    ]);
  }
  const { schemas } = definitions;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: objectOf(properties) as JsonObject,
    required,
    additionalProperties: false,
    ...(Object.keys(schemas).length > 0 && { $defs: schemas }),
  };
}

interface Context {
  readonly use: SchemaUse;
  readonly variable: string;
  readonly definitions: Definitions;
}

function schemaOf(literalType: LiteralType, context: Context): JsonObject {
  const { type } = literalType;
  const { use } = context;
  switch (type.case) {
    case "simple":
      return type.value === SimpleType.STRUCT
        ? structSchema(literalType, context.variable, context.definitions)
        : (simpleSchema(type.value, use) ?? unsupported(literalType, use));
    case "enumType":
      return { type: "string", enum: [...type.value.values] };
    case "collectionType":
      return { type: "array", items: schemaOf(type.value, context) };
    case "mapValueType":
      return { type: "object", additionalProperties: schemaOf(type.value, context) };
    case "unionType":
      // Python's `Any` goes out as a pickle, which is shown as one.
      if (isAny(literalType)) return {};
      return { anyOf: type.value.variants.map((variant) => schemaOf(variant, context)) };
    case "blob": {
      if (type.value.format === PICKLE_FORMAT) return unsupported(literalType, use);
      const dimensionality = type.value.dimensionality === 1 ? "MULTIPART" : "SINGLE";
      return use === "input"
        ? reference({ dimensionality: { const: dimensionality } })
        : shown({ path: "string", name: "string", format: "string", hash: ["string", "null"] });
    }
    case "structuredDatasetType":
      return use === "input" ? reference({}) : shown({ uri: "string", format: "string" });
    default:
      return unsupported(literalType, use);
  }
}

function simpleSchema(kind: SimpleType, use: SchemaUse): JsonObject | undefined {
  switch (kind) {
    case SimpleType.NONE:
      return { type: "null" };
    case SimpleType.INTEGER:
      return { type: "integer", format: "int64" };
    case SimpleType.FLOAT:
      return use === "input"
        ? { type: "number" }
        : { anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }] };
    case SimpleType.STRING:
      return { type: "string" };
    case SimpleType.BOOLEAN:
      return { type: "boolean" };
    case SimpleType.DATETIME:
      return { type: "string", format: "date-time" };
    case SimpleType.DURATION:
      return use === "input"
        ? {
            oneOf: [
              { type: "string", format: "duration" },
              { type: "number", minimum: -MAX_SECONDS, maximum: MAX_SECONDS },
            ],
          }
        : { type: "number" };
    default:
      return undefined;
  }
}

/** A URI, or an object around one. */
function reference(more: JsonObject): JsonObject {
  const uri = { type: "string", format: "uri", minLength: 1 };
  const optional = { type: ["string", "null"] };
  return {
    anyOf: [
      uri,
      {
        type: "object",
        properties: { uri, path: uri, format: optional, hash: optional, name: optional, ...more },
        oneOf: [{ required: ["uri"] }, { required: ["path"] }],
        additionalProperties: false,
      },
    ],
  };
}

function shown(properties: Readonly<Record<string, string | string[]>>): JsonObject {
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(properties).map(([key, type]) => [key, { type }])),
    required: Object.keys(properties),
  };
}

/** Nothing fits an input that cannot be given; an output of the same type is shown as an object with a `$type`. */
function unsupported(type: LiteralType, use: SchemaUse): JsonObject {
  return use === "input"
    ? { not: {}, description: `${typeName(type)}: cannot be given as JSON` }
    : { type: "object", description: typeName(type) };
}
