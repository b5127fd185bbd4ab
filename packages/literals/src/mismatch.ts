import type { LiteralType } from "@flyte-webhook/idl/flyteidl2/core/types";
import type { Conversion } from "./conversion.ts";
import type { JsonValue } from "./json.ts";
import { kindInWords, kindOf } from "./kind.ts";
import { typeName } from "./type-name.ts";

/** Reports a value of another kind than its type wants. */
export function mismatch(value: JsonValue, type: LiteralType, conversion: Conversion): undefined {
  return value === null
    ? conversion.report("null_not_allowed", `should be ${typeName(type)}; null is not allowed`, value)
    : conversion.report("type_mismatch", `should be ${typeName(type)}, not ${kindInWords(kindOf(value))}`, value);
}
