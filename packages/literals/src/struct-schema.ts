import type { LiteralType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { requiredOf } from "./schema/field-order.ts";
import { isPortable } from "./schema/pattern.ts";
import { resolve, rootScope, type Scope, scopeOf } from "./schema/scope.ts";
import { isUntyped, structFlavour } from "./struct-type.ts";

/** The definitions of a whole document: every model once, under a name of its own. */
export class Definitions {
  readonly schemas: JsonObject = {};
  readonly #names = new Map<JsonValue, string>();
  readonly #pending: (() => void)[] = [];

  /** A reference to a model for a variable; a new model is written when {@link settle} is called. */
  reference(variable: string, name: string, model: JsonValue, write: () => JsonValue): JsonObject {
    let known = this.#names.get(model);
    if (known === undefined) {
      const base = `${variable}.${name}`.replace(/[^A-Za-z0-9_.-]/g, "_");
      known = base;
      for (let count = 2; Object.hasOwn(this.schemas, known); count++) known = `${base}.${count}`;
      const place = known;
      this.#names.set(model, place);
      // The place is taken before it is filled: a model may refer to itself.
      this.schemas[place] = {};
      this.#pending.push(() => {
        this.schemas[place] = write();
      });
    }
    return { $ref: `#/$defs/${known}` };
  }

  /** Writes the models that were referred to, and those they refer to; one after another, as chains may be long. */
  settle(): void {
    for (let write = this.#pending.shift(); write; write = this.#pending.shift()) write();
  }
}

/** Where a schema is rewritten to: the document's definitions and the variable it belongs to. */
interface Target {
  readonly definitions: Definitions;
  readonly variable: string;
}

/** Schemas nested deeper than this say nothing more; no value that deep is taken. */
const MAX_DEPTH = 128;

/** Keywords taken over as they are: those the conversion follows, and remarks for people. */
const KEPT = new Set([
  "type",
  "const",
  "enum",
  "format",
  "required",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "x-flyte-type",
]);

/** The schema of a STRUCT, self-contained: Python's own refers to definitions at places that a document does not have. */
export function structSchema(type: LiteralType, variable: string, definitions: Definitions): JsonObject {
  const flavour = structFlavour(type);
  if (isUntyped(type) || flavour === "protobuf" || !type.metadata) return { type: "object" };
  const metadata = type.metadata as JsonObject;
  const scope = rootScope(metadata, flavour !== "dataclass");
  const schema = rewrite(metadata, scope, { definitions, variable }, 0);
  definitions.settle();
  if (flavour !== "tuple" || !isObject(schema) || !isObject(schema.properties)) return isObject(schema) ? schema : {};
  const names = requiredOf(metadata);
  const { properties } = schema;
  const items = names.map((name) => (Object.hasOwn(properties, name) ? (properties[name] as JsonValue) : {}));
  const list = { type: "array", prefixItems: items, minItems: names.length, maxItems: names.length };
  return { anyOf: [schema, list] };
}

function rewrite(schema: JsonValue | undefined, outer: Scope, target: Target, depth: number): JsonValue {
  if (!isObject(schema)) return schema === false ? false : {};
  if (depth > MAX_DEPTH) return {};
  const scope = scopeOf(schema, outer);
  const inside = (one: JsonValue | undefined) => rewrite(one, scope, target, depth + 1);
  if (typeof schema.$ref === "string") {
    const found = resolve(schema.$ref, scope);
    if (!found || !isObject(found.schema)) return {};
    const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
    const reference = target.definitions.reference(target.variable, name, found.schema, () =>
      rewrite(found.schema, found.scope, target, 0),
    );
    return { ...remarks(schema), ...reference };
  }
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) if (KEPT.has(key)) result[key] = value;
  if (typeof schema.pattern === "string" && isPortable(schema.pattern)) result.pattern = schema.pattern;
  if (Array.isArray(schema.allOf)) return { ...remarks(schema), allOf: schema.allOf.map(inside) };
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches)) {
    const { discriminator } = schema;
    const all = branches.map(inside);
    if (!isObject(discriminator)) return { ...remarks(schema), anyOf: all };
    return { ...remarks(schema), oneOf: all, discriminator: discriminatorOf(discriminator, inside) };
  }
  if (isObject(schema.properties)) {
    result.type ??= "object";
    result.properties = mapValues(schema.properties, inside);
  }
  if (schema.additionalProperties !== undefined) result.additionalProperties = inside(schema.additionalProperties);
  if (isObject(schema.patternProperties)) describePatterns(schema.patternProperties, result, inside);
  if (Array.isArray(schema.prefixItems)) result.prefixItems = schema.prefixItems.map(inside);
  if (schema.items !== undefined) result.items = inside(schema.items);
  if (result.prefixItems !== undefined || result.items !== undefined) result.type ??= "array";
  return result;
}

/** Keys by pattern; when one of them only Python reads, any key may be meant by it. */
function describePatterns(patterns: JsonObject, result: JsonObject, inside: (one: JsonValue) => JsonValue): void {
  if (Object.keys(patterns).every(isPortable)) result.patternProperties = mapValues(patterns, inside);
  else delete result.additionalProperties;
}

/** The tags of a discriminated union, leading to where the models are now. */
function discriminatorOf(discriminator: JsonObject, inside: (one: JsonValue) => JsonValue): JsonObject {
  if (!isObject(discriminator.mapping)) return discriminator;
  const mapping = mapValues(discriminator.mapping, (ref) => {
    const found = inside({ $ref: ref });
    return isObject(found) && typeof found.$ref === "string" ? found.$ref : ref;
  });
  return { ...discriminator, mapping };
}

/** What a schema says to people, beside what it says to machines. */
function remarks(schema: JsonObject): JsonObject {
  const kept = ["title", "description", "default", "examples", "deprecated"].filter((key) => schema[key] !== undefined);
  return Object.fromEntries(kept.map((key) => [key, schema[key] as JsonValue]));
}

function mapValues(object: JsonObject, map: (value: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
