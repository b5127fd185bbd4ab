/**
 * A value held against a schema of Python: checked, brought into the form a task reads, and put in order, in one walk. It
 * knows the words that pydantic and mashumaro write; defaults are left out, as the task's own class fills them in.
 */
import { nearest } from "@flyte-webhook/core";
import { fromBase64 } from "../base64.ts";
import type { Conversion } from "../conversion.ts";
import type { Packable } from "../encode-msgpack.ts";
import { isObject, type JsonObject, type JsonValue } from "../json.ts";
import { keysOf, objectOf } from "../key-order.ts";
import { type Kind, kindInWords, kindOf } from "../kind.ts";
import { floatOf, integerOf } from "../numbers.ts";
import { isText, PACKED_INTEGER, plainJson } from "../plain-json.ts";
import { durationSeconds, parseDatetime, parseDuration } from "../time.ts";
import { coerceBranches } from "./branches.ts";
import { checkNumber, checkSize, checkText } from "./constraints.ts";
import { equals, isNumeric } from "./equals.ts";
import { fieldsOf } from "./field-order.ts";
import { fileFields } from "./file-fields.ts";
import { laxBoolean, laxInteger, laxNumber } from "./lax.ts";
import { mayMatch } from "./pattern.ts";
import { resolve, type Scope, scopeOf } from "./scope.ts";

/** Undefined when there are problems, which are reported. */
export function coerce(
  value: JsonValue,
  schema: JsonValue | undefined,
  outer: Scope,
  conversion: Conversion,
  viaRef = false,
): Packable | undefined {
  if (schema === false) return conversion.report("schema_violation", "is not allowed here", value);
  if (!isObject(schema)) return plainJson(value, conversion, PACKED_INTEGER);
  return conversion.within(() => coerceKeywords(value, schema, scopeOf(schema, outer), conversion, viaRef));
}

function coerceKeywords(
  value: JsonValue,
  schema: JsonObject,
  scope: Scope,
  conversion: Conversion,
  viaRef: boolean,
): Packable | undefined {
  if (typeof schema.$ref === "string") {
    const target = resolve(schema.$ref, scope);
    return conversion.follow(schema, () => coerce(value, target?.schema, target?.scope ?? scope, conversion, true));
  }
  if (Array.isArray(schema.allOf) && schema.allOf.length > 0) {
    // Pydantic writes one reference with words beside it so; of several the first gives the form, all must agree.
    const forms = schema.allOf.map((part) => coerce(value, part, scope, conversion));
    return forms.includes(undefined) ? undefined : forms[0];
  }
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches)) return coerceBranches(value, branches, schema, scope, conversion);
  if (schema.const !== undefined && !equals(value, schema.const)) {
    return conversion.report("schema_violation", `should be ${JSON.stringify(schema.const)}`, value);
  }
  if (Array.isArray(schema.enum)) {
    // Behind a reference is a pydantic Enum: the names are listed, but a task takes values too, which are nowhere.
    const isOpen = viaRef && typeof value === "string";
    if (!isOpen && !schema.enum.some((one) => equals(value, one))) {
      if (value === null) return conversion.report("null_not_allowed", "is not allowed to be null");
      const names = schema.enum.map((one) => JSON.stringify(one)).join(", ");
      return conversion.report("invalid_enum", `should be one of ${names}`, value);
    }
    return plainJson(value, conversion, PACKED_INTEGER);
  }
  return coerceType(value, typeOf(schema, value), schema, scope, conversion);
}

/** The type a schema gives; of several the one that the value has. */
function typeOf(schema: JsonObject, value: JsonValue): string | undefined {
  if (typeof schema.type === "string") return schema.type;
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => typeof type === "string");
    const kind = kindOf(value);
    const fitting =
      types.find((type) => type === kind) ?? (kind === "integer" && types.find((type) => type === "number"));
    return fitting || types.find((type) => type !== "null");
  }
  if (isObject(schema.properties)) return "object";
  return schema.items !== undefined || schema.prefixItems !== undefined ? "array" : undefined;
}

function coerceType(
  value: JsonValue,
  type: string | undefined,
  schema: JsonObject,
  scope: Scope,
  conversion: Conversion,
): Packable | undefined {
  switch (type) {
    case "null":
      return value === null ? null : mismatch(value, "null", conversion);
    case "boolean": {
      const boolean = typeof value === "boolean" ? value : scope.isPydantic ? laxBoolean(value) : undefined;
      return boolean ?? mismatch(value, type, conversion);
    }
    case "integer": {
      const integer = integerOf(value) ?? (scope.isPydantic ? laxInteger(value) : undefined);
      if (integer === undefined) return mismatch(value, type, conversion);
      if (integer < PACKED_INTEGER.min || integer > PACKED_INTEGER.max) {
        return conversion.report("out_of_range", "should be an integer of 64 bits");
      }
      return checkNumber(integer, schema, conversion) ? integer : undefined;
    }
    case "number": {
      if (schema.format === "time-delta" && typeof value === "string") return coerceDuration(value, conversion);
      const number = floatOf(value) ?? (scope.isPydantic ? laxNumber(value) : undefined);
      if (number === undefined) return mismatch(value, type, conversion);
      if (!Number.isFinite(number) && typeof value !== "string") {
        return conversion.report("out_of_range", "should fit a 64-bit float");
      }
      return checkNumber(number, schema, conversion) ? number : undefined;
    }
    case "string":
      // A pydantic duration is a text in its schema, and takes seconds as well.
      if (schema.format === "duration" && isNumeric(value)) return coerceType(value, "number", {}, scope, conversion);
      return typeof value === "string" ? coerceText(value, schema, conversion) : mismatch(value, type, conversion);
    case "array":
      return Array.isArray(value) ? coerceArray(value, schema, scope, conversion) : mismatch(value, type, conversion);
    case "object":
      return isObject(value) ? coerceObject(value, schema, scope, conversion) : mismatch(value, type, conversion);
    default:
      return plainJson(value, conversion, PACKED_INTEGER);
  }
}

/** Mashumaro reads a duration as seconds alone; in words it is taken as a duration is anywhere. */
function coerceDuration(value: string, conversion: Conversion): number | undefined {
  const duration = parseDuration(value);
  if (duration) return durationSeconds(duration);
  return conversion.report("invalid_format", "should be a number of seconds or ISO 8601, for example PT1H30M", value);
}

function coerceText(value: string, schema: JsonObject, conversion: Conversion): Packable | undefined {
  if (!isText(value, conversion) || !checkText(value, schema, conversion)) return undefined;
  if (schema.format === "base64") {
    return fromBase64(value) ?? conversion.report("invalid_format", "should be base64", value);
  }
  if (schema.format === "duration" && !/^[+-]?P/.test(value)) {
    // Pydantic reads ISO 8601 and `1:30:00`; what else is a duration anywhere goes as seconds.
    const duration = parseDuration(value);
    if (duration) return durationSeconds(duration);
  }
  if (schema.format === "date-time" && !parseDatetime(value)) {
    return conversion.report("invalid_format", "should be ISO 8601, for example 2026-01-02T03:04:05Z", value);
  }
  return value;
}

function coerceArray(
  value: readonly JsonValue[],
  schema: JsonObject,
  scope: Scope,
  conversion: Conversion,
): Packable[] | undefined {
  const sized = checkSize(value.length, schema.minItems, schema.maxItems, conversion);
  const first = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  const items: Packable[] = [];
  for (let i = 0; i < value.length; i++) {
    if (!conversion.enter(i)) continue;
    const item = coerce(value[i] as JsonValue, i < first.length ? first[i] : schema.items, scope, conversion);
    if (item !== undefined) items.push(item);
    conversion.leave();
  }
  return sized && items.length === value.length ? items : undefined;
}

function coerceObject(
  given: JsonObject,
  schema: JsonObject,
  scope: Scope,
  conversion: Conversion,
): Packable | undefined {
  const value = fileFields(given, schema);
  const properties = isObject(schema.properties) ? schema.properties : {};
  const { required, ordered, known } = fieldsOf(schema);
  let sound = checkSize(Object.keys(value).length, schema.minProperties, schema.maxProperties, conversion);
  for (const name of required) {
    if (!Object.hasOwn(value, name)) {
      conversion.report("schema_violation", "is required", undefined, name);
      sound = false;
    }
  }
  const entries: [string, Packable][] = [];
  const take = (key: string, item: JsonValue, itemSchema: JsonValue | undefined) => {
    const coerced = conversion.at(key, () => coerce(item, itemSchema, scope, conversion));
    if (coerced === undefined) sound = false;
    else entries.push([key, coerced]);
  };
  for (const key of ordered) {
    if (Object.hasOwn(value, key))
      take(key, value[key] as JsonValue, Object.hasOwn(properties, key) ? properties[key] : undefined);
  }
  for (const key of keysOf(value)) {
    if (known.has(key)) continue;
    const byPattern = patternOf(key, schema);
    if (!isText(key, conversion)) sound = false;
    else if (byPattern !== undefined) take(key, value[key] as JsonValue, byPattern);
    else if (schema.additionalProperties === false) {
      conversion.report("schema_violation", unexpected(key, ordered), undefined, key);
      sound = false;
    } else take(key, value[key] as JsonValue, schema.additionalProperties);
  }
  return sound ? objectOf(entries) : undefined;
}

/** The schema for a key that is described by a pattern alone, as those of a dict of constrained texts are. */
function patternOf(key: string, { patternProperties }: JsonObject): JsonValue | undefined {
  if (!isObject(patternProperties)) return undefined;
  return Object.entries(patternProperties).find(([pattern]) => mayMatch(pattern, key))?.[1];
}

function unexpected(key: string, known: readonly string[]): string {
  const meant = key.length <= 100 ? nearest(key, known) : undefined;
  return meant ? `is not a field; did you mean ${meant}?` : `is not a field; there are ${known.join(", ") || "none"}`;
}

function mismatch(value: JsonValue, type: Kind, conversion: Conversion): undefined {
  const expected = kindInWords(type);
  return value === null
    ? conversion.report("null_not_allowed", `should be ${expected}; null is not allowed`)
    : conversion.report("type_mismatch", `should be ${expected}, not ${kindInWords(kindOf(value))}`, value);
}
