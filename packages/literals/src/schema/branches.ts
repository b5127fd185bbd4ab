import type { Issue } from "@flyte-webhook/core";
import type { Conversion } from "../conversion.ts";
import type { Packable } from "../encode-msgpack.ts";
import { isObject, type JsonObject, type JsonValue } from "../json.ts";
import { type Kind, kindInWords, kindOf } from "../kind.ts";
import { coerce } from "./coerce.ts";
import { equals } from "./equals.ts";
import { fieldsOf } from "./field-order.ts";
import { dereference, type Scope } from "./scope.ts";

/**
 * A value of `anyOf` or `oneOf`: the branch its discriminator names, else the first that is of the value's own kind, else
 * the first that can take it. That several could is no error: MessagePack carries no tag, the task decides anyway.
 */
export function coerceBranches(
  value: JsonValue,
  branches: readonly JsonValue[],
  schema: JsonObject,
  scope: Scope,
  conversion: Conversion,
): Packable | undefined {
  const { discriminator } = schema;
  if (isObject(discriminator) && typeof discriminator.propertyName === "string") {
    return discriminated(value, branches, discriminator, scope, conversion);
  }
  if (value === null) {
    if (branches.some((branch) => takesNull(branch, scope))) return null;
    return conversion.report("null_not_allowed", "is not allowed to be null");
  }
  const others = branches.filter((branch) => !isNull(branch, scope));
  const [only] = others;
  if (others.length === 1) return coerce(value, only, scope, conversion);
  const kind = kindOf(value);
  const own = others
    .filter((branch) => closeness(branch, kind, scope) > 0 && isPlausible(value, branch, scope))
    .sort((a, b) => closeness(b, kind, scope) - closeness(a, kind, scope));
  const rest = others.filter((branch) => closeness(branch, kind, scope) === 0);
  const refusals: (readonly Issue[])[] = [];
  for (const branch of [...own, ...rest]) {
    const { result, issues } = conversion.attempt(() => coerce(value, branch, scope, conversion));
    if (issues.length === 0) return result;
    if (own.includes(branch)) refusals.push(issues);
  }
  // One branch was meant, so its problems are the problems.
  if (refusals.length === 1) return conversion.accept(refusals[0] as readonly Issue[]);
  if (conversion.isTrial) return conversion.report("no_union_variant", "fits no variant");
  const first = refusals.flatMap(([issue]) => issue ?? []);
  const expected = [...new Set(branches.map((branch) => nameOf(branch, scope)))].join(" or ");
  return conversion.report("no_union_variant", `should be ${expected}${conversion.reasons(first)}`, value);
}

function discriminated(
  value: JsonValue,
  branches: readonly JsonValue[],
  discriminator: JsonObject,
  scope: Scope,
  conversion: Conversion,
): Packable | undefined {
  const property = discriminator.propertyName as string;
  if (value === null) return conversion.report("null_not_allowed", "is not allowed to be null");
  if (!isObject(value)) {
    return conversion.report("type_mismatch", `should be an object, not ${kindInWords(kindOf(value))}`, value);
  }
  const mapping = isObject(discriminator.mapping) ? discriminator.mapping : {};
  const tag = Object.hasOwn(value, property) ? (value[property] as JsonValue) : undefined;
  const branch =
    tag === undefined
      ? undefined
      : typeof tag === "string" && Object.hasOwn(mapping, tag)
        ? { $ref: mapping[tag] as JsonValue }
        : branches.find((one) => tagsOf(one, property, scope)?.some((known) => equals(known, tag)));
  if (branch !== undefined) return coerce(value, branch, scope, conversion);
  const known = [...Object.keys(mapping), ...branches.flatMap((one) => tagsOf(one, property, scope) ?? [])];
  const tags = [...new Set(known.map((one) => JSON.stringify(typeof one === "bigint" ? Number(one) : one)))].join(", ");
  return tag === undefined
    ? conversion.report("schema_violation", `should say which it is: ${property}, one of ${tags}`)
    : conversion.report("schema_violation", `should have as ${property} one of ${tags}`);
}

/** The values by which a branch's property tells it from others. */
function tagsOf(branch: JsonValue, property: string, scope: Scope): readonly JsonValue[] | undefined {
  const found = dereference(branch, scope);
  const properties = found?.schema.properties;
  if (!found || !isObject(properties) || !Object.hasOwn(properties, property)) return undefined;
  const tag = dereference(properties[property], found.scope)?.schema;
  if (!tag) return undefined;
  return tag.const !== undefined ? [tag.const] : Array.isArray(tag.enum) ? tag.enum : undefined;
}

function isNull(branch: JsonValue, scope: Scope): boolean {
  return dereference(branch, scope)?.schema.type === "null";
}

function takesNull(branch: JsonValue, scope: Scope): boolean {
  const schema = dereference(branch, scope)?.schema;
  if (!schema) return true;
  const nested = schema.anyOf ?? schema.oneOf;
  // One level of nesting is all that the generators write.
  if (Array.isArray(nested)) return nested.some((one) => isNull(one, scope));
  if (schema.const !== undefined) return schema.const === null;
  if (Array.isArray(schema.enum)) return schema.enum.includes(null);
  return schema.type === undefined
    ? !isObject(schema.properties)
    : schema.type === "null" || (Array.isArray(schema.type) && schema.type.includes("null"));
}

/** 2 for a branch of the value's own kind, 1 for one that may hold it as it is, 0 for one that must change it. */
function closeness(branch: JsonValue, kind: Kind, scope: Scope): 0 | 1 | 2 {
  const schema = dereference(branch, scope)?.schema;
  if (!schema) return 1;
  const listed = schema.const !== undefined ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : undefined;
  const types = schema.type === undefined ? undefined : [schema.type].flat();
  if (types?.includes(kind) || (!types && listed?.some((one) => sameKind(one, kind)))) return 2;
  if (kind === "integer" && (types?.includes("number") || (!types && listed?.some((one) => sameKind(one, kind)))))
    return 1;
  if (!types && !listed) return isObject(schema.properties) ? (kind === "object" ? 2 : 0) : 1;
  return 0;
}

/** A schema's numbers are doubles, so an integer may be meant by them. */
function sameKind(listed: JsonValue, kind: Kind): boolean {
  return kindOf(listed) === kind || (kind === "integer" && Number.isInteger(listed));
}

/** Whether an object can be of a branch, by its keys and tags alone; what is no object always may. */
function isPlausible(value: JsonValue, branch: JsonValue, scope: Scope): boolean {
  const found = dereference(branch, scope);
  if (!found || !isObject(value)) return true;
  const { required, known } = fieldsOf(found.schema);
  if (!required.every((name) => Object.hasOwn(value, name))) return false;
  if (found.schema.additionalProperties === false && !Object.keys(value).every((key) => known.has(key))) return false;
  return Object.keys(value).every((key) => {
    const tags = known.has(key) ? tagsOf(branch, key, scope) : undefined;
    // A listed text may be the name of an Enum whose value was given.
    return tags === undefined || tags.length > 1 || tags.some((tag) => equals(tag, value[key] as JsonValue));
  });
}

/** A branch in a few words for a person. */
function nameOf(branch: JsonValue, scope: Scope): string {
  const schema = dereference(branch, scope)?.schema;
  if (typeof schema?.title === "string" && isObject(schema.properties)) return schema.title;
  if (schema?.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema?.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(" or ");
  return typeof schema?.type === "string" ? kindInWords(schema.type as Kind) : "another value";
}
