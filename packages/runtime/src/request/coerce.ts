import type { Issue, ParameterDefinition } from "@flyte-webhook/core";
import type { JsonValue } from "@flyte-webhook/literals";

/** One value as FastAPI coerces it, of a query (a text, or a list of them) or a body; what is none of the type becomes an issue. */
export function coerce(
  parameter: ParameterDefinition,
  value: JsonValue,
  loc: Issue["loc"],
  issues: Issue[],
): JsonValue | undefined {
  const refuse = (type: string, msg: string): undefined => {
    issues.push({ type, loc, msg, ...(isSmall(value) && { input: value }) });
  };
  switch (parameter.type) {
    case "boolean": {
      const word = typeof value === "boolean" ? value : BOOLEANS[String(value).toLowerCase()];
      return word ?? refuse("bool_parsing", "Input should be a valid boolean, unable to interpret input");
    }
    case "integer": {
      const text = String(value).trim();
      if (/^[+-]?\d+(\.0*)?$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
      return refuse("int_parsing", "Input should be a valid integer, unable to parse string as an integer");
    }
    case "number": {
      const text = typeof value === "object" || typeof value === "boolean" ? "" : String(value).trim();
      const number = text === "" ? Number.NaN : Number(text);
      if (!Number.isFinite(number)) {
        return refuse("float_parsing", "Input should be a valid number, unable to parse string as a number");
      }
      const [minimum, maximum] = parameter.range ?? [-Infinity, Infinity];
      if (number >= minimum && number <= maximum) return number;
      return refuse("out_of_range", `Input should be from ${minimum} to ${maximum}`);
    }
    case "strings":
      if (!Array.isArray(value)) return refuse("list_type", "Input should be a valid list");
      return value.map((item, index) => textOf(parameter, item, [...loc, index], issues) ?? "");
    case "object":
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
      return refuse("dict_type", "Input should be a valid dictionary");
    case "json":
      return value;
    default:
      return textOf(parameter, value, loc, issues);
  }
}

function textOf(
  { values, pattern }: ParameterDefinition,
  value: JsonValue,
  loc: Issue["loc"],
  issues: Issue[],
): string | undefined {
  const refuse = (type: string, msg: string): undefined => {
    issues.push({ type, loc, msg, ...(isSmall(value) && { input: value }) });
  };
  if (typeof value !== "string") return refuse("string_type", "Input should be a valid string");
  if (values !== undefined) {
    const known = values.find((one) => one.toLowerCase() === value.toLowerCase());
    return known ?? refuse("enum", `Input should be one of ${values.join(", ")}`);
  }
  if (pattern !== undefined && !new RegExp(`^(?:${pattern.source})$`, "u").test(value)) {
    return refuse("string_pattern_mismatch", `Input should be ${pattern.meaning}`);
  }
  return value;
}

/** Whether a query's text is one of those for true. */
export const isTrue = (text: string | undefined): boolean => BOOLEANS[String(text).toLowerCase()] === true;

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  on: true,
  t: true,
  y: true,
  false: false,
  "0": false,
  no: false,
  off: false,
  f: false,
  n: false,
};

/** Longest text that an issue shows again. */
const MAX_SHOWN = 200;

const isSmall = (value: JsonValue): boolean =>
  value === null || ["string", "number", "bigint", "boolean"].includes(typeof value)
    ? String(value).length <= MAX_SHOWN
    : false;
