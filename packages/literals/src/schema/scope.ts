import { isObject, type JsonObject, type JsonValue } from "../json.ts";

/**
 * Where a `$ref` looks: the definitions of all enclosing schemas, the nearest first. The references of a model inside a
 * dataclass say `#/$defs/X`, but mean the definitions of the model, which are not at the root; so, as Python does, only the
 * last segment of a reference counts.
 */
export interface Scope {
  readonly root: JsonObject;
  readonly frames: readonly JsonObject[];
  /** Whether the schemas are pydantic's, which is laxer about some values than a dataclass. */
  readonly isPydantic: boolean;
}

export function rootScope(root: JsonObject, isPydantic: boolean): Scope {
  return { root, frames: [], isPydantic };
}

/** The scope inside a schema: its own definitions come first. */
export function scopeOf(schema: JsonObject, scope: Scope): Scope {
  const own = [schema.$defs, schema.definitions].filter(isObject);
  // A schema that is met again inside itself adds nothing.
  const fresh = own.filter((frame) => !scope.frames.includes(frame));
  return fresh.length === 0 ? scope : { ...scope, frames: [...fresh, ...scope.frames] };
}

/** What a reference names, with the scope of that place; undefined when there is nothing. */
export function resolve(ref: string, scope: Scope): { schema: JsonValue; scope: Scope } | undefined {
  if (ref === "#") return { schema: scope.root, scope: { ...scope, frames: [] } };
  const name = ref
    .slice(ref.lastIndexOf("/") + 1)
    .replaceAll("~1", "/")
    .replaceAll("~0", "~");
  const index = scope.frames.findIndex((defs) => Object.hasOwn(defs, name));
  const schema = scope.frames[index]?.[name];
  if (schema === undefined) return undefined;
  return { schema, scope: index === 0 ? scope : { ...scope, frames: scope.frames.slice(index) } };
}

/**
 * The schema behind references, so that its keywords can be read. Undefined when they lead nowhere or in a circle.
 */
export function dereference(
  schema: JsonValue | undefined,
  scope: Scope,
): { schema: JsonObject; scope: Scope } | undefined {
  let current = schema;
  let inner = scope;
  for (let hops = 0; hops < 32; hops++) {
    if (!isObject(current)) return undefined;
    inner = scopeOf(current, inner);
    if (typeof current.$ref !== "string") return { schema: current, scope: inner };
    const target = resolve(current.$ref, inner);
    if (!target) return undefined;
    ({ schema: current, scope: inner } = target);
  }
  return undefined;
}
