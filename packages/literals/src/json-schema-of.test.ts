/** What a task's JSON Schema allows is accepted, what it forbids is refused: both ways, over generated types and values. */
import { create, fromJson } from "@bufbuild/protobuf";
import { type VariableEntry, VariableEntrySchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { NamedLiteralSchema, NamedParameterSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { describe, expect, it } from "vitest";
import { buildInputs, literalsToJson } from "./inputs.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { jsonSchemaOf } from "./json-schema-of.ts";
import { parseJson } from "./parse-json.ts";
import { stringifyJson } from "./stringify-json.ts";

const variable = (key: string, type: object): VariableEntry =>
  fromJson(VariableEntrySchema, { key, value: { type } } as never);

/** Numbers that come out the same each time. */
class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed * 2654435761 + 1;
  }
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

const TAG = (tag: string) => ({ structure: { tag } });
const inner = {
  type: "object",
  title: "Inner",
  required: ["n"],
  additionalProperties: false,
  properties: { n: { type: "integer" }, s: { type: "string", default: "d" } },
};
const dataclass = {
  type: "object",
  title: "Big",
  required: ["i", "f", "inner"],
  additionalProperties: false,
  properties: {
    i: { type: "integer" },
    f: { type: "number" },
    inner,
    c: { enum: ["red", "green"] },
    oi: { anyOf: [{ type: "integer" }, { type: "null" }], default: null },
    un: { anyOf: [{ type: "integer" }, { type: "boolean" }] },
    ld: { type: "array", items: inner },
    dd: { type: "object", propertyNames: { type: "string" }, additionalProperties: inner },
    t: { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }], minItems: 2, maxItems: 2 },
    a: {},
    dt: { type: "string", format: "date-time" },
    b: { type: "string", format: "base64" },
    child: { $ref: "#/$defs/Big" },
    model: {
      type: "object",
      title: "Model",
      properties: { x: { $ref: "#/$defs/X" } },
      $defs: { X: { type: "boolean", title: "X" } },
    },
  },
};
const recursiveDataclass = { $ref: "#/$defs/Big", $defs: { Big: dataclass } };
const pydantic = {
  type: "object",
  title: "Pet",
  required: ["pet", "range"],
  $defs: {
    Cat: {
      type: "object",
      title: "Cat",
      required: ["kind"],
      properties: { kind: { const: "cat" }, lives: { type: "integer", default: 9 } },
    },
    Dog: {
      type: "object",
      title: "Dog",
      required: ["kind", "good"],
      properties: { kind: { const: "dog" }, good: { type: "array", items: { type: "string" } } },
    },
    X: { type: "object", title: "Tree", properties: { next: { anyOf: [{ $ref: "#/$defs/X" }, { type: "null" }] } } },
  },
  properties: {
    pet: {
      oneOf: [{ $ref: "#/$defs/Cat" }, { $ref: "#/$defs/Dog" }],
      discriminator: { propertyName: "kind", mapping: { cat: "#/$defs/Cat", dog: "#/$defs/Dog" } },
    },
    range: { type: "integer", minimum: 1, maximum: 10 },
    word: { type: "string", minLength: 1, maxLength: 3, pattern: "^[a-z]*$" },
    half: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
    few: { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 2 },
    tree: { $ref: "#/$defs/X" },
  },
};
const tuple = {
  type: "object",
  title: "TupleWrapper_tuple",
  required: ["item_0", "item_1"],
  additionalProperties: false,
  properties: { item_0: { type: "integer" }, item_1: { type: "array", items: { type: "number" } } },
};
const STRUCTS = [
  { simple: "STRUCT", metadata: dataclass, ...TAG("Object-Dataclass-Transformer") },
  { simple: "STRUCT", metadata: recursiveDataclass, ...TAG("Object-Dataclass-Transformer") },
  { simple: "STRUCT", metadata: pydantic, ...TAG("Pydantic Transformer") },
  { simple: "STRUCT", metadata: tuple, ...TAG("Typed Tuple") },
  { simple: "STRUCT" },
];
const SIMPLE = ["INTEGER", "FLOAT", "STRING", "BOOLEAN", "DATETIME", "DURATION", "NONE"].map((simple) => ({ simple }));
const OTHERS = [
  { enumType: { values: ["RED", "GREEN"] } },
  { blob: {} },
  { blob: { dimensionality: "MULTIPART" } },
  { structuredDatasetType: { format: "parquet" } },
  { unionType: { variants: [{ blob: { format: "PythonPickle" } }, { simple: "BINARY" }] } },
  { simple: "BINARY" },
];

function anyType(random: Random, depth = 0): object {
  switch (random.below(depth > 2 ? 3 : 6)) {
    case 0:
      return random.of(SIMPLE);
    case 1:
      return random.of(OTHERS);
    case 2:
      return random.of(STRUCTS);
    case 3:
      return { collectionType: anyType(random, depth + 1) };
    case 4:
      return { mapValueType: anyType(random, depth + 1) };
    default:
      // Variants of different kinds: which of two alike is meant JSON Schema does not ask.
      return {
        unionType: {
          variants: [
            { simple: "NONE", ...TAG("none") },
            { simple: random.of(["INTEGER", "FLOAT"]), ...TAG("int") },
            random.of([{ simple: "BOOLEAN" }, { collectionType: anyType(random, depth + 1) }]),
            ...random.of([[], [random.of(STRUCTS)]]),
          ],
        },
      };
  }
}

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  "date-time": ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.678+02:00"],
  duration: ["PT1H30M", "P2D", "PT0.5S"],
  base64: ["aGk=", "", "AP8="],
  uri: ["s3://b/k.csv", "file:///x"],
};

/** A value that a schema allows; undefined where none is found. */
function sample(schema: JsonValue | undefined, root: JsonObject, random: Random, depth = 0): JsonValue | undefined {
  if (!isObject(schema)) return random.of([null, 1n, "a", [1n, { b: 2.5 }]]);
  if (typeof schema.$ref === "string") return sample(at(schema.$ref, root), root, random, depth);
  if (schema.not !== undefined) return undefined;
  const branches = (schema.anyOf ?? schema.oneOf) as JsonValue[] | undefined;
  if (branches && schema.properties === undefined) return sample(random.of(branches), root, random, depth);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return random.of(schema.enum);
  const type = Array.isArray(schema.type) ? random.of(schema.type) : schema.type;
  switch (type) {
    case "null":
      return null;
    case "boolean":
      return random.below(2) === 0;
    case "integer": {
      const low = BigInt((schema.minimum as number) ?? -1000);
      const high = BigInt((schema.maximum as number) ?? 9007199254740995n);
      return random.of([low, high, low + BigInt(random.below(Number(high - low > 100n ? 100n : high - low)))]);
    }
    case "number":
      if (schema.exclusiveMaximum !== undefined) return random.of([0.5, 0.001]);
      return schema.maximum === undefined ? random.of([1n, -2.5, 1e300, 0]) : random.of([1n, -2.5, 1e9]);
    case "string":
      if (typeof schema.format === "string" && TEXTS[schema.format]) return random.of(TEXTS[schema.format] as string[]);
      return schema.maxLength === undefined ? random.of(["", "é", "5", "true", "a b"]) : random.of(["a", "abc"]);
    case "array": {
      if (Array.isArray(schema.prefixItems))
        return all(schema.prefixItems.map((one) => sample(one, root, random, depth + 1)));
      const size = Math.min(Math.max(random.below(4), Number(schema.minItems ?? 0)), Number(schema.maxItems ?? 4));
      return all(
        Array.from({ length: depth > 6 ? Number(schema.minItems ?? 0) : size }, () =>
          sample(schema.items, root, random, depth + 1),
        ),
      );
    }
    case "object": {
      const properties = isObject(schema.properties) ? schema.properties : {};
      const alternatives = Array.isArray(schema.oneOf)
        ? (random.of(schema.oneOf) as { required: string[] }).required
        : [];
      const exclusive = Array.isArray(schema.oneOf) ? ["uri", "path"] : [];
      const required = [...((schema.required as string[]) ?? []), ...alternatives];
      const value: JsonObject = {};
      for (const [key, one] of Object.entries(properties)) {
        const isOptional = !required.includes(key);
        if (isOptional && (exclusive.includes(key) || depth > 4 || random.below(2) === 0)) continue;
        const item = sample(one, root, random, depth + 1);
        if (item === undefined) return undefined;
        value[key] = item;
      }
      if (schema.additionalProperties !== false && depth < 5) {
        for (const key of ["k", "10", "__k"].slice(0, random.below(3))) {
          const item = sample(schema.additionalProperties, root, random, depth + 1);
          if (item !== undefined) value[key] = item;
        }
      }
      return value;
    }
    default:
      return random.of([null, 1n, "a", { a: [1n] }]);
  }
}

const all = (items: (JsonValue | undefined)[]) => (items.includes(undefined) ? undefined : (items as JsonValue[]));
const at = (ref: string, root: JsonObject) => (root.$defs as JsonObject)[ref.replace("#/$defs/", "")];

/** Formats asserted, as far as the texts here go; in JSON Schema they are remarks. */
const FORMATS: Readonly<Record<string, RegExp>> = {
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/,
  duration: /^P[T\d]/,
  base64: /^(?:[\w+/]{4})*(?:[\w+/]{3}=)?$/,
};

/** A validator of the words that these schemas use; written from the standard, not from the conversion. */
function validates(value: JsonValue, schema: JsonValue | undefined, root: JsonObject): boolean {
  if (!isObject(schema)) return schema !== false;
  const s = schema as Record<string, never>;
  const check = (one: JsonValue) => validates(value, one, root);
  if (s.$ref !== undefined && !check(at(s.$ref, root) as JsonValue)) return false;
  if (s.not !== undefined && check(s.not)) return false;
  if (s.anyOf !== undefined && !(s.anyOf as JsonValue[]).some(check)) return false;
  if (s.oneOf !== undefined && (s.oneOf as JsonValue[]).filter(check).length !== 1) return false;
  if (s.const !== undefined && value !== s.const) return false;
  if (s.enum !== undefined && !(s.enum as JsonValue[]).includes(value)) return false;
  const isInteger = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
  const types: string[] = [value === null ? "null" : Array.isArray(value) ? "array" : typeof value];
  if (isInteger) types.push("integer", "number");
  if (s.type !== undefined && ![s.type].flat().some((type) => types.includes(type))) return false;
  if (types.includes("number")) {
    const n = value as number;
    if (n < (s.minimum ?? n) || n > (s.maximum ?? n)) return false;
    if (s.exclusiveMinimum !== undefined && n <= s.exclusiveMinimum) return false;
    if (s.exclusiveMaximum !== undefined && n >= s.exclusiveMaximum) return false;
  }
  if (typeof value === "string") {
    const size = [...value].length;
    if (size < (s.minLength ?? 0) || size > (s.maxLength ?? size)) return false;
    if (FORMATS[s.format ?? ""]?.test(value) === false) return false;
    if (s.pattern !== undefined && !new RegExp(s.pattern, "u").test(value)) return false;
  }
  if (Array.isArray(value)) {
    if (value.length < (s.minItems ?? 0) || value.length > (s.maxItems ?? value.length)) return false;
    const first: JsonValue[] = s.prefixItems ?? [];
    return value.every((item, index) => validates(item, index < first.length ? first[index] : s.items, root));
  }
  if (!isObject(value)) return true;
  const properties: JsonObject = s.properties ?? {};
  if (!((s.required ?? []) as string[]).every((key) => Object.hasOwn(value, key))) return false;
  return Object.entries(value).every(([key, item]) =>
    validates(item, Object.hasOwn(properties, key) ? properties[key] : s.additionalProperties, root),
  );
}

/** Values that are taken in more forms than a schema says are not among these: no digits, no `NaN`, no `"yes"`. */
const WRONG: readonly JsonValue[] = [null, true, 7n, -3n, 1.5, "not a word", [], {}, [["x"]], { zz: 1n }, [null]];

/** The value with one thing in it changed. */
function mutate(value: JsonValue, random: Random): JsonValue {
  if (random.below(4) === 0) return random.of(WRONG);
  if (Array.isArray(value) && value.length > 0) {
    const index = random.below(value.length);
    if (random.below(4) === 0) return [...value, random.of(WRONG)];
    return value.map((item, i) => (i === index ? mutate(item, random) : item));
  }
  if (isObject(value) && Object.keys(value).length > 0) {
    const key = random.of(Object.keys(value));
    const { [key]: item, ...rest } = value;
    if (random.below(4) === 0) return rest;
    return random.below(4) === 0
      ? { ...value, extra: random.of(WRONG) }
      : { ...value, [key]: mutate(item as JsonValue, random) };
  }
  return random.of(WRONG);
}

describe("jsonSchemaOf", () => {
  it("allows what is accepted and forbids what is refused", () => {
    const seen = { allowed: 0, forbidden: 0 };
    for (let seed = 1; seed <= 1500; seed++) {
      const random = new Random(seed);
      const variables = ["x", "y"].slice(0, 1 + random.below(2)).map((key) => variable(key, anyType(random)));
      const schema = parseJson(stringifyJson(jsonSchemaOf(variables))) as JsonObject;
      // Numbers of a schema are compared, and must be of one kind for that.
      const root = JSON.parse(stringifyJson(schema)) as JsonObject;
      const value = sample(root, root, random);
      if (value === undefined || !isObject(value)) continue;
      for (let round = 0; round < 8; round++) {
        const body = (round === 0 ? value : mutate(value, random)) as JsonObject;
        if (!isObject(body)) continue;
        const allowed = validates(body, root, root);
        if (round === 0) expect(allowed, stringifyJson(body)).toBe(true);
        const result = buildInputs(body, variables, []);
        const text = () =>
          `seed ${seed}: ${stringifyJson(body)} for ${stringifyJson(root)}: ${stringifyJson(result.ok ? [] : (result.issues as never))}`;
        // Two variants that both take a value are told apart by no schema; a list may be a list or a tuple here.
        if (allowed && !result.ok && result.issues.some(({ type }) => type === "ambiguous_union")) continue;
        if (result.ok !== allowed) throw new Error(text());
        seen[allowed ? "allowed" : "forbidden"]++;
      }
    }
    expect(seen.allowed).toBeGreaterThan(1500);
    expect(seen.forbidden).toBeGreaterThan(1500);
  });

  it("describes what /io shows of accepted values", () => {
    let shown = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const random = new Random(seed);
      const variables = [
        variable("x", random.of([...SIMPLE, ...OTHERS.slice(0, 4), { collectionType: random.of(SIMPLE) }])),
      ];
      const input = JSON.parse(stringifyJson(jsonSchemaOf(variables))) as JsonObject;
      const body = sample(input, input, random) as JsonObject;
      const result = buildInputs(body, variables, []);
      if (!result.ok) throw new Error(stringifyJson(result.issues as never));
      const output = JSON.parse(stringifyJson(jsonSchemaOf(variables, [], "output"))) as JsonObject;
      const json = literalsToJson(result.literals, variables);
      if (!validates(json, output, output)) throw new Error(`${stringifyJson(json)} for ${stringifyJson(output)}`);
      // What is shown can be given back.
      expect(buildInputs(json, variables, []).ok, stringifyJson(json)).toBe(true);
      shown++;
    }
    expect(shown).toBe(400);
  });

  it("gives defaults as they are shown, and does not require them", () => {
    const value = fromJson(LiteralSchema, { scalar: { primitive: { integer: "9007199254740993" } } } as never);
    const parameter = create(NamedParameterSchema, { name: "n", parameter: { behavior: { case: "default", value } } });
    const schema = jsonSchemaOf(
      [variable("n", { simple: "INTEGER" }), variable("s", { simple: "STRING" })],
      [parameter],
    );
    expect(stringifyJson(schema)).toBe(
      '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":' +
        '{"n":{"type":"integer","format":"int64","default":9007199254740993},"s":{"type":"string"}},' +
        '"required":["s"],"additionalProperties":false}',
    );
  });

  it("gathers models under names of their own", () => {
    const model = (type: string) => ({
      simple: "STRUCT",
      metadata: { type: "object", properties: { x: { $ref: "#/$defs/X" } }, $defs: { X: { type } } },
    });
    const nested = {
      simple: "STRUCT",
      metadata: { type: "object", properties: { a: model("integer").metadata, b: model("string").metadata } },
    };
    const schema = jsonSchemaOf([variable("p", model("integer")), variable("q/r", nested)]);
    expect(schema.$defs).toEqual({
      "p.X": { type: "integer" },
      "q_r.X": { type: "integer" },
      "q_r.X.2": { type: "string" },
    });
    expect(schema.properties).toMatchObject({
      "q/r": { properties: { b: { properties: { x: { $ref: "#/$defs/q_r.X.2" } } } } },
    });
  });

  it("leaves out patterns that only Python reads", () => {
    const metadata = {
      type: "object",
      properties: { a: { type: "string", pattern: "(?P<y>\\d)" } },
      patternProperties: { "\\Ax": { type: "integer" } },
      additionalProperties: false,
    };
    expect(jsonSchemaOf([variable("x", { simple: "STRUCT", metadata })]).properties).toEqual({
      x: { type: "object", properties: { a: { type: "string" } } },
    });
  });

  it("shows outputs that cannot be inputs", () => {
    const literals = [
      create(NamedLiteralSchema, {
        name: "o0",
        value: fromJson(LiteralSchema, { scalar: { binary: { value: "gAJOLg==" } } } as never),
      }),
    ];
    const variables = [variable("o0", { simple: "BINARY" })];
    const output = jsonSchemaOf(variables, [], "output");
    expect(validates(literalsToJson(literals), output, output)).toBe(true);
    expect(jsonSchemaOf(variables).properties).toMatchObject({ o0: { not: {} } });
  });
});
