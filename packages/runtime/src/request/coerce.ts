import type { Issue, ParameterDefinition } from "@flyte-webhook/core";
import type { JsonValue } from "@flyte-webhook/literals/json-text";

/** One value as FastAPI coerces it, of a query (a text, or a list of them) or a body; what is none of the type becomes an issue. */
export function coerce(
  parameter: ParameterDefinition,
  value: JsonValue,
  loc: Issue["loc"],
  issues: Issue[],
): JsonValue | undefined {
  const refuse = refusal(value, loc, issues);
  switch (parameter.type) {
    case "boolean": {
      // JSON has its own words; those of a query are for what can only be text.
      if (loc[0] === "body" && typeof value !== "boolean") return refuse("bool_type", "Input should be true or false");
      const word = typeof value === "boolean" ? value : BOOLEANS.get(scalarText(value).toLowerCase());
      return word ?? refuse("bool_parsing", "Input should be a valid boolean, unable to interpret input");
    }
    case "integer": {
      if (loc[0] === "body" && typeof value === "string") return refuse("int_type", "Input should be a valid integer");
      const text = typeof value === "boolean" ? "" : scalarText(value).trim();
      const whole = /^[+-]?\d+(\.0*)?$/.test(text);
      if (whole && Number.isSafeInteger(Number(text))) return Number(text);
      if (whole) return refuse("int_parsing_size", "Input should be an integer of at most 53 bits");
      return refuse("int_parsing", "Input should be a valid integer, unable to parse string as an integer");
    }
    case "number": {
      if (loc[0] === "body" && typeof value === "string") return refuse("float_type", "Input should be a valid number");
      const text = typeof value === "boolean" ? "" : scalarText(value).trim();
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

/** Tells what is wrong with a value; the value itself is shown unless it is large. */
const refusal =
  (value: JsonValue, loc: Issue["loc"], issues: Issue[]) =>
  (type: string, msg: string): undefined => {
    issues.push({ type, loc, msg, ...(isSmall(value) && { input: value }) });
  };

function textOf(
  { values, pattern }: ParameterDefinition,
  value: JsonValue,
  loc: Issue["loc"],
  issues: Issue[],
): string | undefined {
  const refuse = refusal(value, loc, issues);
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
export const isTrue = (text: string | undefined): boolean => BOOLEANS.get(String(text).toLowerCase()) === true;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "1", "yes", "on", "t", "y"].map((word) => [word, true] as const),
  ...["false", "0", "no", "off", "f", "n"].map((word) => [word, false] as const),
]);

/** The text of a scalar. A list or object has none: a key `toString` in it would be called for one. */
const scalarText = (value: JsonValue): string => (typeof value === "object" ? "" : String(value));

/** Longest text that an issue shows again. */
const MAX_SHOWN = 200;

const isSmall = (value: JsonValue): boolean =>
  value === null || ["string", "number", "bigint", "boolean"].includes(typeof value)
    ? String(value).length <= MAX_SHOWN
    : false;
