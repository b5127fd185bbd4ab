/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** What a field is filled in with. `json` is everything that has no field of its own. */
export type FieldKind = "text" | "integer" | "number" | "boolean" | "choice" | "datetime" | "duration" | "json";

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** The type in a word or two, for people. */
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
  /** Of a choice. */
  readonly choices: readonly string[];
  /** What the field holds at first: for a boolean `true` or `false`. */
  readonly text: string;
}

/** The fields of a task's JSON Schema (a launch form), filled in with `values`, else with its defaults. */
export function fieldsOf(form: JsonObject, values: JsonObject = {}): Field[] {
  const required = new Set(Array.isArray(form.required) ? form.required : []);
  return Object.entries(isObject(form.properties) ? form.properties : {}).flatMap(([name, schema]) => {
    if (!isObject(schema)) return [];
    const plain = withoutNone(schema);
    const value = Object.hasOwn(values, name) ? values[name] : schemaValue(schema);
    const kind = kindOf(plain);
    return {
      name,
      kind,
      type: typeText(schema),
      description: typeof schema.description === "string" ? schema.description : "",
      required: required.has(name) && !hasNone(schema),
      choices: Array.isArray(plain.enum) ? plain.enum.map(String) : [],
      text: textOf(value, kind),
    };
  });
}

/** The value a schema has for its field; the parts of a file or directory have theirs. */
export function schemaValue(schema: JsonObject): Json | undefined {
  if (schema.default !== undefined) return schema.default;
  if (schema.format !== "blob" || !isObject(schema.properties)) return undefined;
  const parts = Object.entries(schema.properties).map(([name, part]) => [
    name,
    isObject(part) ? part.default : undefined,
  ]);
  const filled = Object.fromEntries(parts.filter(([, value]) => value !== undefined));
  return filled.uri ? filled : undefined;
}

function textOf(value: Json | undefined, kind: FieldKind): string {
  if (value === undefined || value === null || isNone(value)) return kind === "boolean" ? "false" : "";
  if (kind === "json") return JSON.stringify(value, null, 2);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const isNone = (value: Json): boolean => isObject(value) && value.type === "null";
const variantsOf = ({ oneOf }: JsonObject): JsonObject[] => (Array.isArray(oneOf) ? oneOf.filter(isObject) : []);
const hasNone = (schema: JsonObject): boolean => variantsOf(schema).some(({ type }) => type === "null");

/** Of a type that may be left out, the type. */
function withoutNone(schema: JsonObject): JsonObject {
  const variants = variantsOf(schema).filter(({ type }) => type !== "null");
  return variants.length === 1 && variants[0] ? variants[0] : schema;
}

function kindOf({ type, format, enum: choices, oneOf }: JsonObject): FieldKind {
  if (Array.isArray(choices)) return "choice";
  if (oneOf !== undefined) return "json";
  if (format === "datetime" || format === "duration") return format;
  if (type === "integer" || type === "number" || type === "boolean") return type;
  return type === "string" ? "text" : "json";
}

function typeText(schema: JsonObject): string {
  const variants = variantsOf(schema);
  if (variants.length > 0) return variants.map(typeText).join(" or ");
  const { type, format, items, additionalProperties, dataclass, enum: choices } = schema;
  if (Array.isArray(choices)) return "one of a list";
  if (type === "array") return isObject(items) ? `list of ${typeText(items)}` : "list";
  if (type === "object" && isObject(additionalProperties)) return `map to ${typeText(additionalProperties)}`;
  if (typeof dataclass === "string") return dataclass;
  if (format === "blob") return "file or directory";
  if (typeof format === "string" && format !== "union") return format.replaceAll("-", " ");
  return type === "string" ? "text" : type === "null" ? "nothing" : typeof type === "string" ? type : "any";
}

/** What the fields hold as values, or what is wrong with them, by name. A field that is left empty is left out. */
export function readFields(
  fields: readonly Field[],
  texts: Readonly<Record<string, string>>,
): { values: JsonObject; problems: Record<string, string> } {
  const values: JsonObject = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const text = texts[field.name] ?? "";
    // An empty text is a text where one is asked for.
    if (text.trim() === "" && !(field.kind === "text" && field.required)) {
      if (field.required) problems[field.name] = "This is required.";
      continue;
    }
    const read = readText(field, text);
    if ("problem" in read) problems[field.name] = read.problem;
    else values[field.name] = read.value;
  }
  return { values, problems };
}

type Read = { value: Json } | { problem: string };

const DATETIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const DURATION = /^-?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;
const INT64 = [-(2n ** 63n), 2n ** 63n - 1n] as const;

function readText({ kind, choices }: Field, text: string): Read {
  const trimmed = text.trim();
  switch (kind) {
    case "integer": {
      if (!/^[+-]?\d{1,20}$/.test(trimmed)) return { problem: "Write a whole number, such as 42." };
      const integer = BigInt(trimmed.replace("+", ""));
      if (integer < INT64[0] || integer > INT64[1]) return { problem: "This number does not fit into 64 bits." };
      const number = Number(integer);
      // Beyond 2^53, a number of JSON would be another one.
      return { value: Number.isSafeInteger(number) ? number : String(integer) };
    }
    case "number": {
      const number = Number(trimmed);
      return Number.isFinite(number) ? { value: number } : { problem: "Write a number, such as 1.5 or 2e-3." };
    }
    case "boolean":
      return { value: trimmed === "true" };
    case "choice":
      return choices.includes(text) ? { value: text } : { problem: `Choose one of ${choices.join(", ")}.` };
    case "datetime": {
      const fine = DATETIME.test(trimmed) && !Number.isNaN(Date.parse(trimmed));
      return fine ? { value: trimmed } : { problem: "Write a time such as 2026-01-31T12:00:00Z." };
    }
    case "duration":
      return DURATION.test(trimmed) ? { value: trimmed } : { problem: "Write a duration such as 90s or 1h30m." };
    case "json":
      try {
        return { value: JSON.parse(text) as Json };
      } catch (error) {
        return { problem: `This is not JSON: ${(error as Error).message}` };
      }
    default:
      return { value: text };
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The field that a message of the devbox speaks of, such as `x: "a" is not an integer`. */
export function fieldOfMessage(fields: readonly Field[], message: string): string | undefined {
  return fields.find(({ name }) => message.startsWith(`${name}:`) || message.includes(JSON.stringify(name)))?.name;
}
