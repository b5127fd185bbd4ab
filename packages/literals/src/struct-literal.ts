import type { Literal } from "@flyte-webhook/idl/flyteidl2/core/literals";
import type { LiteralType } from "@flyte-webhook/idl/flyteidl2/core/types";
import type { Conversion } from "./conversion.ts";
import { encodeMsgpack } from "./encode-msgpack.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { keysOf, objectOf } from "./key-order.ts";
import { binary, scalar } from "./literal.ts";
import { mismatch } from "./mismatch.ts";
import { PACKED_INTEGER, plainJson } from "./plain-json.ts";
import { coerce } from "./schema/coerce.ts";
import { requiredOf } from "./schema/field-order.ts";
import { dereference, rootScope } from "./schema/scope.ts";
import { isUntyped, structFlavour } from "./struct-type.ts";

/** An object as MessagePack: a plain dict as it is, one with a schema checked and brought into its form. */
export function structLiteral(value: JsonValue, type: LiteralType, conversion: Conversion): Literal | undefined {
  if (value === null) return mismatch(value, type, conversion);
  const schema = type.metadata as JsonObject | undefined;
  const flavour = structFlavour(type);
  if (flavour === "protobuf") return genericLiteral(value, type, conversion);
  if (!schema || isUntyped(type)) {
    if (!isObject(value)) return mismatch(value, type, conversion);
    const plain = plainJson(value, conversion, PACKED_INTEGER);
    return plain && binary("msgpack", encodeMsgpack(plain));
  }
  const scope = rootScope(schema, flavour !== "dataclass");
  const given = flavour === "tuple" && Array.isArray(value) ? tupleFields(value, schema, conversion) : value;
  if (given === undefined) return undefined;
  const root = dereference(schema, scope)?.schema;
  if (!isObject(given) && root && (root.type === "object" || isObject(root.properties))) {
    return mismatch(given, type, conversion);
  }
  const packable = coerce(given, schema, scope, conversion);
  return packable === undefined ? undefined : binary("msgpack", encodeMsgpack(packable));
}

/** A tuple given as a list: Python names its items, in the order of `required`. */
function tupleFields(items: JsonValue[], schema: JsonObject, conversion: Conversion): JsonObject | undefined {
  const names = requiredOf(schema);
  if (items.length !== names.length) {
    return conversion.report("schema_violation", `should have ${names.length} items, not ${items.length}`);
  }
  return objectOf(names.map((name, index) => [name, items[index] as JsonValue])) as JsonObject;
}

/** A protobuf message travels as a `Struct`, whose numbers are doubles; an integer that is none would change on the way. */
function genericLiteral(value: JsonValue, type: LiteralType, conversion: Conversion): Literal | undefined {
  if (!isObject(value)) return mismatch(value, type, conversion);
  const range = { min: BigInt(Number.MIN_SAFE_INTEGER), max: BigInt(Number.MAX_SAFE_INTEGER) };
  const plain = plainJson(value, conversion, range);
  return plain && scalar({ case: "generic", value: doubles(plain) });
}

function doubles(value: JsonValue): JsonValue {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(doubles);
  if (!isObject(value)) return value;
  return objectOf(keysOf(value).map((key) => [key, doubles(value[key] as JsonValue)])) as JsonObject;
}
