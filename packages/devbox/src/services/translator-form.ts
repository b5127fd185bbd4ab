import { create, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import type { Variable } from "@flyte-webhook/idl/flyteidl2/core/interface";
import type { Literal } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { type NamedLiteral, NamedLiteralSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { rpcError } from "../rpc-error.ts";
import { isObject, jsonOfLiteral } from "./translator-json.ts";
import { literalOfJson, noneOf, noneVariant } from "./translator-literals.ts";
import { schemaOfType, typeOfSchema } from "./translator-schema.ts";

export interface FormField {
  readonly name: string;
  readonly variable: Variable;
  readonly value: Literal | undefined;
  /** Unless its type takes none. */
  readonly required: boolean;
}

/** A JSON Schema whose `default`s are the values of the form. */
export function formOf(fields: readonly FormField[]): JsonObject {
  return {
    type: "object",
    title: "Launch Form",
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field)])),
    required: fields.filter(isRequired).map(({ name }) => name),
  };
}

function isRequired({ variable, value, required }: FormField): boolean {
  const none = value !== undefined && isNullForm(jsonOfLiteral(value));
  return required && !none && !(variable.type && noneVariant(variable.type));
}

function fieldSchema({ name, variable, value }: FormField): JsonObject {
  if (!variable.type) throw rpcError.invalidArgument(`the variable ${JSON.stringify(name)} has no type`);
  const schema = schemaOfType(variable.type);
  const json = value && jsonOfLiteral(value);
  const { description } = variable;
  return {
    // The parts of a file are fields of their own.
    ...(schema.format === "blob" && isObject(json) ? { ...schema, properties: withDefaults(schema, json) } : schema),
    ...(schema.format !== "blob" && json !== undefined && { default: json }),
    ...(description !== "" && description !== name && { description }),
  };
}

function withDefaults({ properties }: JsonObject, values: JsonObject): JsonObject {
  if (!isObject(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name,
      isObject(schema) && values[name] !== undefined ? { ...schema, default: values[name] } : schema,
    ]),
  );
}

/** The values of a form, in its order; a field without one is left out, or none where its type takes that. */
export function literalsOfForm({ properties }: JsonObject): NamedLiteral[] {
  if (!isObject(properties)) throw rpcError.invalidArgument("missing or invalid properties in JSON schema");
  return Object.entries(properties).flatMap(([name, schema]) => {
    if (!isObject(schema)) throw rpcError.invalidArgument(`the field ${JSON.stringify(name)} of the form is no object`);
    const type = typeOfSchema(schema);
    const value = fieldValue(schema);
    const none = noneVariant(type);
    if (value !== undefined) return [named(name, literalOfJson(value, type, name))];
    return none ? [named(name, noneOf(none))] : [];
  });
}

/** The default of a field, or what the defaults of its parts make together. */
function fieldValue(schema: JsonObject): JsonValue | undefined {
  if (schema.default !== undefined) return schema.default;
  const { type, format, properties, additionalProperties } = schema;
  const isStruct = type === "object" && format === undefined && !isObject(additionalProperties);
  if (!(isStruct || format === "blob") || additionalProperties === true || !isObject(properties)) return undefined;
  const values = Object.entries(properties).flatMap(([name, part]) => {
    const value = isObject(part) ? fieldValue(part) : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return values.length > 0 ? Object.fromEntries(values) : undefined;
}

function isNullForm(value: JsonValue): boolean {
  return isObject(value) && value.type === "null";
}

export function named(name: string, value: Literal): NamedLiteral {
  return create(NamedLiteralSchema, { name, value });
}
