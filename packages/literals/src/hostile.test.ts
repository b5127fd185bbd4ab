/** Inputs and types made to hurt: they end in issues, soon, and never in an exception. */
import { fromBinary, fromJson, toBinary } from "@bufbuild/protobuf";
import { type VariableEntry, VariableEntrySchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { describe, expect, it } from "vitest";
import { fromLiteral } from "./from-literal.ts";
import { buildInputs } from "./inputs.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { jsonSchemaOf } from "./json-schema-of.ts";
import { parseJson } from "./parse-json.ts";
import { stringifyJson } from "./stringify-json.ts";

const variable = (type: object, key = "v"): VariableEntry =>
  fromJson(VariableEntrySchema, { key, value: { type } } as never);
const struct = (metadata: object, tag = "Pydantic Transformer") => ({
  simple: "STRUCT",
  metadata,
  structure: { tag },
});
const ANY = {
  unionType: {
    variants: [{ blob: { format: "PythonPickle" } }, { simple: "BINARY" }],
  },
};

function give(type: object, value: JsonValue): string[] {
  const started = performance.now();
  const result = buildInputs({ v: value }, [variable(type)], []);
  expect(performance.now() - started).toBeLessThan(5000);
  if (!result.ok) return result.issues.map((issue) => issue.type);
  for (const { value } of result.literals) if (value) fromBinary(LiteralSchema, toBinary(LiteralSchema, value));
  return [];
}
const nested = (depth: number, open = "[", close = "]") => parseJson(open.repeat(depth) + close.repeat(depth));
const nestedType = (depth: number): object =>
  depth === 0 ? { simple: "INTEGER" } : { collectionType: nestedType(depth - 1) };

describe("nesting", () => {
  it("stops at 64 levels of a value, whatever directs it", () => {
    const open = '{"a":';
    for (const type of [{ simple: "STRUCT" }, struct({ type: "object", properties: {} }), ANY]) {
      expect(give(type, parseJson(`${open.repeat(60)}1${"}".repeat(60)}`))).toEqual([]);
      expect(give(type, parseJson(`${open.repeat(70)}1${"}".repeat(70)}`))).toEqual(["out_of_range"]);
      expect(give(type, parseJson(`${open.repeat(490)}1${"}".repeat(490)}`))).toEqual(["out_of_range"]);
    }
  });

  it("stops where a reader of protobuf would", () => {
    expect(give(nestedType(29), nested(29))).toEqual([]);
    expect(give(nestedType(60), nested(60))).toEqual(["schema_violation"]);
  });

  it("follows a recursive model as deep as the value goes", () => {
    const node = { type: "object", properties: { next: { anyOf: [{ $ref: "#/$defs/N" }, { type: "null" }] } } };
    const type = struct({ $ref: "#/$defs/N", $defs: { N: node } });
    const open = '{"next":';
    expect(give(type, parseJson(`${open.repeat(60)}null${"}".repeat(60)}`))).toEqual([]);
    expect(give(type, parseJson(`${open.repeat(90)}null${"}".repeat(90)}`))).toEqual(["out_of_range"]);
    expect(give(type, parseJson(`${open.repeat(9)}7${"}".repeat(9)}`))).toEqual(["type_mismatch"]);
  });
});

describe("schemas", () => {
  it("may refer to themselves without end", () => {
    const loops = [
      { $ref: "#" },
      { $ref: "#/$defs/A", $defs: { A: { $ref: "#/$defs/B" }, B: { $ref: "#/$defs/A" } } },
      { allOf: [{ $ref: "#" }] },
      { anyOf: [{ $ref: "#" }, { $ref: "#" }] },
      {
        $ref: "#/$defs/A",
        $defs: { A: { anyOf: [{ $ref: "#/$defs/A" }, { type: "array", items: { $ref: "#/$defs/A" } }] } },
      },
    ];
    expect(give(struct(loops.at(-1) as object), [[], [[]]])).toEqual([]);
    for (const schema of loops) {
      for (const value of [{}, [1n], 1n, "a"] as JsonValue[]) {
        expect(give(struct(schema), value)).toHaveLength(1);
        expect(give({ unionType: { variants: [struct(schema), { simple: "NONE" }] } }, value).length).toBeGreaterThan(
          0,
        );
      }
      stringifyJson(jsonSchemaOf([variable(struct(schema))]));
    }
  });

  it("may offer more ways to read a value than can be tried", () => {
    const branch = (name: string) => ({
      type: "object",
      title: name,
      properties: { l: { $ref: "#/$defs/T" }, r: { $ref: "#/$defs/T" } },
    });
    const T = { anyOf: [branch("A"), branch("B"), branch("C"), { type: "integer" }] };
    const type = struct({ type: "object", properties: { t: { $ref: "#/$defs/T" } }, $defs: { T } });
    const open = '{"l":1,"r":';
    const text = `{"t":${open.repeat(50)}"bad"${"}".repeat(50)}}`;
    expect(give(type, parseJson(text))).toEqual(["out_of_range"]);
    expect(
      give({ unionType: { variants: [type, struct({ type: "object", required: ["q"] })] } }, parseJson(text)),
    ).toEqual(["out_of_range"]);
    expect(give(type, parseJson(text.replace('"bad"', "1")))).toEqual([]);
  });

  it("may be chains that no stack could hold", () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [
        `D${i}`,
        { type: "object", properties: { n: { $ref: `#/$defs/D${i + 1}` } } },
      ]),
    );
    const entry = variable(struct({ type: "object", properties: { n: { $ref: "#/$defs/D0" } }, $defs }));
    expect(stringifyJson(jsonSchemaOf([entry])).length).toBeGreaterThan(1_000_000);
  });

  it.each([
    "(a+)+$",
    "(a|a)*$",
    "(a*)*b",
    "(?:a?){40}a{40}",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "a*a*a*a*a*a*a*a*b",
    "(.*)\\1(.*)b",
  ])("may have the pattern %s", (pattern) => {
    const type = struct({ type: "object", properties: { s: { type: "string", pattern } } });
    expect(give(type, { s: `${"a".repeat(5000)}!` }).length).toBeLessThanOrEqual(1);
  });

  it("may be nonsense", () => {
    const words = [
      "type",
      "properties",
      "required",
      "anyOf",
      "oneOf",
      "allOf",
      "enum",
      "const",
      "items",
      "prefixItems",
      "$ref",
      "$defs",
      "discriminator",
      "additionalProperties",
      "patternProperties",
      "pattern",
      "minimum",
      "minItems",
      "maxLength",
      "format",
    ];
    const things = [
      null,
      true,
      false,
      1,
      "x",
      "object",
      [],
      {},
      [null],
      ["object"],
      [{}],
      { a: null },
      { a: "x" },
      "#",
      "#/$defs/a",
    ];
    for (const word of words) {
      for (const thing of things) {
        const type = struct({ type: "object", properties: { a: { [word]: thing } }, [word]: thing });
        for (const value of [{}, { a: 1n }, { a: { a: [] } }, { a: "x" }, { a: null }] as JsonValue[])
          give(type, value);
        stringifyJson(jsonSchemaOf([variable(type)]));
      }
    }
  });
});

describe("values", () => {
  it("may be wrong a hundred thousand times", () => {
    const issues = give({ collectionType: { simple: "INTEGER" } }, Array(100_000).fill("x"));
    expect(issues).toHaveLength(101);
    expect(issues.at(-1)).toBe("too_many_issues");
    const body = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`.repeat(9), 1n]));
    expect(buildInputs(body, [variable({ simple: "INTEGER" })], [])).toMatchObject({ ok: false });
  });

  it("may be huge numbers, which are told and not printed", () => {
    const huge = parseJson("9".repeat(399));
    for (const type of [{ simple: "INTEGER" }, { simple: "FLOAT" }, { simple: "DURATION" }, { simple: "STRUCT" }]) {
      expect(give(type, huge).length).toBe(1);
    }
    expect(give({ simple: "STRUCT" }, { a: huge })).toEqual(["out_of_range"]);
    expect(give({ simple: "STRUCT" }, { a: Number.POSITIVE_INFINITY })).toEqual(["out_of_range"]);
    expect(give(ANY, Number.POSITIVE_INFINITY)).toEqual(["out_of_range"]);
    expect(give(ANY, huge)).toEqual([]);
  });

  it("may be long texts, read in the time of their length", () => {
    for (const start of ["", "P", "PT", "-", "2024-01-01T00:00:00."]) {
      for (const unit of ["1", "1h", "1D", "1.1"]) {
        for (const simple of ["INTEGER", "FLOAT", "DATETIME", "DURATION"])
          give({ simple }, start + unit.repeat(300_000));
      }
    }
  });

  it("may hold halves of characters, which UTF-8 would change", () => {
    const half = parseJson('"\\ud800"');
    const types = [{ simple: "STRING" }, ANY, { unionType: { variants: [{ simple: "STRING" }, { simple: "NONE" }] } }];
    for (const type of types) expect(give(type, half)).toEqual(["invalid_format"]);
    for (const type of [{ mapValueType: { simple: "INTEGER" } }, { simple: "STRUCT" }, ANY]) {
      expect(give(type, parseJson('{"\\udc00":1}'))).toEqual(["invalid_format"]);
    }
    expect(give({ blob: {} }, half)).toEqual(["invalid_format"]);
  });

  it("may be named like what every object has", () => {
    const body = parseJson('{"__proto__":{"constructor":1},"toString":2}') as JsonObject;
    const map = { mapValueType: { simple: "INTEGER" } };
    const result = buildInputs(body, [variable(map, "__proto__"), variable({ simple: "INTEGER" }, "toString")], []);
    expect(result.ok && result.literals.map(({ value }) => value && stringifyJson(fromLiteral(value)))).toEqual([
      '{"constructor":1}',
      "2",
    ]);
    const names = ["__proto__", "constructor"];
    const properties = Object.fromEntries(names.map((name) => [name, { type: "integer" }]));
    const type = struct({ type: "object", required: names, properties, additionalProperties: false });
    expect(give(type, parseJson('{"__proto__":1,"constructor":2}'))).toEqual([]);
    expect(give(type, parseJson("{}"))).toEqual(["schema_violation", "schema_violation"]);
    expect(give(type, parseJson('{"__proto__":"x","constructor":2,"hasOwnProperty":1}'))).toEqual([
      "type_mismatch",
      "schema_violation",
    ]);
    expect(jsonSchemaOf([variable(map, "__proto__")])).toHaveProperty("properties");
  });

  it("of any kind never throw for types of any kind", () => {
    const types = [
      ...["NONE", "INTEGER", "FLOAT", "STRING", "BOOLEAN", "DATETIME", "DURATION", "BINARY", "ERROR", "STRUCT"].map(
        (simple) => ({ simple }),
      ),
      { enumType: { values: ["a"] } },
      { blob: {} },
      { blob: { dimensionality: "MULTIPART" } },
      { blob: { format: "PythonPickle" } },
      { structuredDatasetType: {} },
      { schema: {} },
      {},
      ANY,
    ];
    const wrap = [
      (type: object) => type,
      (type: object) => ({ collectionType: type }),
      (type: object) => ({ mapValueType: type }),
      (type: object) => ({ unionType: { variants: [type, { simple: "NONE" }, { simple: "STRING" }] } }),
      () => ({ unionType: { variants: [] } }),
    ];
    const values = [
      "null",
      "true",
      "5",
      "1.5",
      '""',
      '"x"',
      '"5"',
      '"P"',
      '"PT"',
      '"2024-01-01"',
      '"0000-01-01"',
      "[]",
      "[[]]",
      "{}",
      '{"uri":5}',
      '{"uri":"","path":null}',
      '{"uri":"a","dimensionality":1}',
      '{"a":{}}',
      "-1e300",
    ];
    for (const type of types) for (const outer of wrap) for (const value of values) give(outer(type), parseJson(value));
  });
});

describe("literals", () => {
  it("of any content are shown", () => {
    const show = (literal: object) => stringifyJson(fromLiteral(fromJson(LiteralSchema, literal as never)));
    const uri = `s3://b${"/".repeat(1_000_000)}x`;
    expect(JSON.parse(show({ scalar: { blob: { uri } } })).name).toBe("x");
    const literal = fromJson(LiteralSchema, { scalar: { primitive: { datetime: "2024-01-01T00:00:00Z" } } });
    const scalar = literal.value.case === "scalar" ? literal.value.value.value : undefined;
    const primitive = scalar?.case === "primitive" ? scalar.value.value : undefined;
    if (primitive?.case !== "datetime") throw new Error("no datetime");
    primitive.value.seconds = 10n ** 18n;
    expect(stringifyJson(fromLiteral(literal))).toBe('{"$type":"datetime","seconds":1000000000000000000,"nanos":0}');
    expect(
      show({ scalar: { binary: { tag: "msgpack", value: Buffer.alloc(5000, 0x91).toString("base64") } } }),
    ).toContain('"$type":"binary"');
    expect(show({ scalar: { blob: { uri: "s3://p", metadata: { type: { format: "PythonPickle" } } } } })).toBe(
      '{"$type":"pickle","uri":"s3://p"}',
    );
    expect(show({ offloadedMetadata: { uri: "s3://o", sizeBytes: "5" } })).toBe(
      '{"$type":"offloaded","uri":"s3://o","size_bytes":5}',
    );
    expect(show({})).toBe("null");
  });
});
