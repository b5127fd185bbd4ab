import type { Literal } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { type LiteralType, SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import type { Conversion } from "./conversion.ts";
import type { JsonValue } from "./json.ts";
import { none, primitive } from "./literal.ts";
import { mismatch } from "./mismatch.ts";
import { floatOf, integerOf } from "./numbers.ts";
import { isText } from "./plain-json.ts";
import { structLiteral } from "./struct-literal.ts";
import { MAX_SECONDS, parseDatetime, parseDuration } from "./time.ts";
import { typeName } from "./type-name.ts";

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** A value of a simple type: numbers, texts, times, and objects. */
export function simpleLiteral(
  value: JsonValue,
  kind: SimpleType,
  type: LiteralType,
  conversion: Conversion,
): Literal | undefined {
  switch (kind) {
    case SimpleType.NONE:
      return value === null ? none() : mismatch(value, type, conversion);
    case SimpleType.INTEGER: {
      const integer = integerOf(value);
      if (integer === undefined) return mismatch(value, type, conversion);
      if (integer < INT64.min || integer > INT64.max) {
        return conversion.report("out_of_range", "should fit a 64-bit integer");
      }
      return primitive({ case: "integer", value: integer });
    }
    case SimpleType.FLOAT: {
      const number = floatOf(value);
      if (number === undefined) return mismatch(value, type, conversion);
      if (!Number.isFinite(number) && typeof value !== "string") {
        return conversion.report("out_of_range", "should fit a 64-bit float");
      }
      return primitive({ case: "floatValue", value: number });
    }
    case SimpleType.STRING:
      if (typeof value !== "string") return mismatch(value, type, conversion);
      return isText(value, conversion) ? primitive({ case: "stringValue", value }) : undefined;
    case SimpleType.BOOLEAN:
      return typeof value === "boolean" ? primitive({ case: "boolean", value }) : mismatch(value, type, conversion);
    case SimpleType.DATETIME: {
      if (typeof value !== "string") return mismatch(value, type, conversion);
      const moment = parseDatetime(value);
      return moment
        ? primitive({ case: "datetime", value: moment })
        : conversion.report("invalid_format", "should be ISO 8601, for example 2026-01-02T03:04:05Z", value);
    }
    case SimpleType.DURATION: {
      if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") {
        return mismatch(value, type, conversion);
      }
      const duration = parseDuration(value);
      if (duration) return primitive({ case: "duration", value: duration });
      return typeof value === "string"
        ? conversion.report("invalid_format", "should be a number of seconds or ISO 8601, for example PT1H30M", value)
        : conversion.report("out_of_range", `should be at most ${MAX_SECONDS} seconds`);
    }
    case SimpleType.STRUCT:
      return structLiteral(value, type, conversion);
    default:
      return conversion.report("unsupported_type", `${typeName(type)} cannot be given as JSON`);
  }
}
