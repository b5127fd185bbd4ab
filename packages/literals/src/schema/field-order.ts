import { isObject, type JsonObject } from "../json.ts";

/** The fields of an object's schema in the one order in which they are written. */
export interface Fields {
  readonly required: readonly string[];
  /** Required ones as listed, then the others sorted. */
  readonly ordered: readonly string[];
  readonly known: ReadonlySet<string>;
}

const cache = new WeakMap<JsonObject, Fields>();

/**
 * A schema's properties come out of protobuf in any order; only `required` keeps the order of declaration. Equal inputs
 * must make equal bytes (a cache key is made of them), so the order is fixed: required, others sorted, extras as given.
 */
export function fieldsOf(schema: JsonObject): Fields {
  let fields = cache.get(schema);
  if (!fields) {
    const required = requiredOf(schema);
    const properties = isObject(schema.properties) ? Object.keys(schema.properties) : [];
    const first = new Set(required);
    const others = properties.filter((name) => !first.has(name)).sort();
    fields = { required, ordered: [...required, ...others], known: new Set([...required, ...properties]) };
    cache.set(schema, fields);
  }
  return fields;
}

export function requiredOf(schema: JsonObject): string[] {
  return Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === "string") : [];
}
