import { fromJson } from "@bufbuild/protobuf";
import { type VariableEntry, VariableEntrySchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { describe, expect, it } from "vitest";
import { decodeMsgpack } from "./decode-msgpack.ts";
import { buildInputs } from "./inputs.ts";
import type { JsonObject } from "./json.ts";
import { parseJson } from "./parse-json.ts";
import { stringifyJson } from "./stringify-json.ts";

const variable = (type: object): VariableEntry => fromJson(VariableEntrySchema, { key: "v", value: { type } } as never);

/** What a task gets of a value with this schema, as JSON text, or its problems as `place: type`. */
function give(schema: object, text: string, tag = "Object-Dataclass-Transformer"): string {
  const type = { simple: "STRUCT", metadata: schema, structure: { tag } };
  const result = buildInputs(parseJson(`{"v": ${text}}`) as JsonObject, [variable(type)], []);
  if (!result.ok) return result.issues.map(({ loc, type }) => `${loc.slice(1).join(".")}: ${type}`).join(", ");
  const value = result.literals[0]?.value?.value;
  const scalar = value?.case === "scalar" ? value.value.value : undefined;
  return scalar?.case === "binary" ? stringifyJson(decodeMsgpack(scalar.value.value)) : JSON.stringify(scalar);
}
const field = (schema: object, more: object = {}) => ({
  type: "object",
  title: "M",
  properties: { f: schema },
  ...more,
});
const PYDANTIC = "Pydantic Transformer";

describe("a dataclass or model", () => {
  it.each([
    [{ type: "integer" }, '" 12 "', '{"f":12}'],
    [{ type: "integer" }, '"+1_000.0"', '{"f":1000}'],
    [{ type: "integer" }, '"1."', "v.f: type_mismatch"],
    [{ type: "integer" }, '"1__0"', "v.f: type_mismatch"],
    [{ type: "integer" }, '"1e3"', "v.f: type_mismatch"],
    [{ type: "string", format: "duration" }, '"PT1H"', '{"f":"PT1H"}'],
    [{ type: "string", format: "duration" }, '"1:30:00"', '{"f":"1:30:00"}'],
    [{ type: "string", format: "duration" }, '"1h30m"', '{"f":5400}'],
    [{ type: "string", format: "duration" }, '"90"', '{"f":90}'],
  ])("of pydantic takes what pydantic takes: %j of %s", (schema, text, expected) => {
    expect(give(field(schema), `{"f":${text}}`, PYDANTIC)).toBe(expected);
  });

  it("has required fields first, others sorted, extras last, and no defaults", () => {
    const schema = {
      type: "object",
      required: ["z", "b"],
      properties: { a: { type: "integer", default: 1 }, b: {}, c: {}, z: {} },
    };
    expect(give(schema, '{"x":1,"c":2,"b":3,"10":4,"2":5,"z":6}')).toBe('{"z":6,"b":3,"c":2,"x":1,"10":4,"2":5}');
  });

  it("tells every problem at its place", () => {
    const schema = {
      type: "object",
      required: ["n", "s"],
      additionalProperties: false,
      properties: { n: { type: "integer" }, s: { type: "string" }, l: { type: "array", items: { type: "number" } } },
    };
    expect(give(schema, '{"n":"x","l":[1,"a",null],"ss":1}')).toBe(
      "v.s: schema_violation, v.n: type_mismatch, v.l.1: type_mismatch, v.l.2: null_not_allowed, v.ss: schema_violation",
    );
  });

  it.each([
    [{ type: "integer" }, "5.0", '{"f":5}'],
    [{ type: "integer" }, '"-12"', '{"f":-12}'],
    [{ type: "integer" }, "18446744073709551615", '{"f":18446744073709551615}'],
    [{ type: "integer" }, "18446744073709551616", "v.f: out_of_range"],
    [{ type: "integer" }, "true", "v.f: type_mismatch"],
    [{ type: "number" }, "1e400", "v.f: out_of_range"],
    [{ type: "number" }, '"NaN"', '{"f":"NaN"}'],
    [{ type: "number" }, '"1.5"', "v.f: type_mismatch"],
    [{ type: "boolean" }, '"yes"', "v.f: type_mismatch"],
    [{ type: "string", format: "base64" }, '"aGk="', '{"f":"aGk="}'],
    [{ type: "string", format: "base64" }, '"a"', "v.f: invalid_format"],
    [{ type: "string", format: "date-time" }, '"2024-13-01"', "v.f: invalid_format"],
    [{ type: "string", format: "date-time" }, '"2024-01-01T00:00:00+02:00"', '{"f":"2024-01-01T00:00:00+02:00"}'],
    [{ type: "number", format: "time-delta" }, '"PT1H0.5S"', '{"f":3600.5}'],
    [{ type: "number", format: "time-delta" }, '"soon"', "v.f: invalid_format"],
    [{ type: "string", format: "duration" }, "90", '{"f":90}'],
    [{ enum: ["red", 5] }, "5", '{"f":5}'],
    [{ enum: ["red", 5] }, '"RED"', "v.f: invalid_enum"],
    [{ const: "a" }, '"b"', "v.f: schema_violation"],
    [
      { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }], maxItems: 2, minItems: 2 },
      '["1","a"]',
      '{"f":[1,"a"]}',
    ],
    [{ type: "array", prefixItems: [{ type: "integer" }], maxItems: 1 }, "[1,2]", "v.f: schema_violation"],
    [{ type: "object", additionalProperties: { type: "number" } }, '{"a":1}', '{"f":{"a":1}}'],
    [
      { type: "object", propertyNames: { type: "integer" }, additionalProperties: { type: "string" } },
      '{"10":"a","2":"b"}',
      '{"f":{"10":"a","2":"b"}}',
    ],
    [
      { type: "object", patternProperties: { "^a": { type: "integer" } }, additionalProperties: false },
      '{"ab":1,"b":1}',
      "v.f.b: schema_violation",
    ],
    [{ type: "integer", minimum: 1, maximum: 10 }, "11", "v.f: schema_violation"],
    [{ type: "integer", exclusiveMinimum: 9007199254740992 }, "9007199254740993", '{"f":9007199254740993}'],
    [{ type: "string", minLength: 2 }, '"😀"', "v.f: schema_violation"],
    [{ type: "string", pattern: "^[a-z]+$" }, '"A"', "v.f: schema_violation"],
    [{ type: "string", pattern: "(?P<n>a)" }, '"A"', '{"f":"A"}'],
    [{ type: ["integer", "null"] }, "null", '{"f":null}'],
    [{}, '{"a":[1,2.5,null]}', '{"f":{"a":[1,2.5,null]}}'],
    [{ $ref: "#/$defs/Nowhere" }, "[1]", '{"f":[1]}'],
    [false, "1", "v.f: schema_violation"],
    [{ type: "string" }, '"\\ud800"', "v.f: invalid_format"],
  ])("takes for %j of %s: %s", (schema, text, expected) => {
    expect(give(field(schema as object), `{"f":${text}}`)).toBe(expected);
  });

  it("takes from pydantic's users what pydantic takes", () => {
    expect(give(field({ type: "boolean" }), '{"f":"yes"}', PYDANTIC)).toBe('{"f":true}');
    expect(give(field({ type: "boolean" }), '{"f":0}', PYDANTIC)).toBe('{"f":false}');
    expect(give(field({ type: "number" }), '{"f":"1.5"}', PYDANTIC)).toBe('{"f":1.5}');
    expect(give(field({ type: "boolean" }), '{"f":2}', PYDANTIC)).toBe("v.f: type_mismatch");
  });

  it("takes the value of an Enum that a schema lists by name", () => {
    const schema = field({ $ref: "#/$defs/Color" }, { $defs: { Color: { enum: ["RED"], type: "string" } } });
    expect(give(schema, '{"f":"red"}', PYDANTIC)).toBe('{"f":"red"}');
    expect(give(schema, '{"f":1}', PYDANTIC)).toBe("v.f: invalid_enum");
  });

  it("reads a model inside a dataclass by the model's own definitions", () => {
    const inner = (type: string) => ({
      type: "object",
      properties: { x: { $ref: "#/$defs/X" } },
      $defs: { X: { type } },
    });
    const schema = { type: "object", properties: { a: inner("integer"), b: inner("string") } };
    expect(give(schema, '{"a":{"x":1},"b":{"x":"s"}}')).toBe('{"a":{"x":1},"b":{"x":"s"}}');
    expect(give(schema, '{"a":{"x":"s"},"b":{"x":1}}')).toBe("v.a.x: type_mismatch, v.b.x: type_mismatch");
  });

  it("writes a protobuf message as a Struct, and refuses integers that a double would change", () => {
    expect(give({ pb_type: "google.protobuf.struct_pb2.Struct" }, '{"a":1}')).toContain(
      '"case":"generic","value":{"a":1}',
    );
    expect(give({ pb_type: "a.B" }, '{"a":9007199254740993}')).toBe("v.a: out_of_range");
  });

  it("takes a dict with nothing but a description for a dict", () => {
    expect(give({ description: "settings" }, '{"a":1}')).toBe('{"a":1}');
    expect(give({ description: "settings" }, "[]")).toBe("v: type_mismatch");
  });
});

describe("a field of several types", () => {
  it.each([
    [[{ type: "integer" }, { type: "string" }], '"5"', '{"f":"5"}'],
    [[{ type: "number" }, { type: "integer" }], "5", '{"f":5}'],
    [[{ type: "integer" }, { type: "boolean" }], "1.5", "v.f: no_union_variant"],
    [[{ type: "integer" }, { type: "null" }], '"x"', "v.f: type_mismatch"],
    [[{ type: "integer" }, { type: "string" }], "null", "v.f: null_not_allowed"],
    [
      [
        { type: "array", items: { type: "integer" } },
        { type: "array", items: { type: "string" } },
      ],
      '["a"]',
      '{"f":["a"]}',
    ],
    [[{ type: "array", items: { type: "integer" } }, { type: "string" }], '["a"]', "v.f.0: type_mismatch"],
    [[{ enum: ["a"] }, { type: "integer" }], '"b"', "v.f: invalid_enum"],
  ])("of %j takes %s: %s", (anyOf, text, expected) => {
    expect(give(field({ anyOf }), `{"f":${text}}`)).toBe(expected);
  });

  it("goes by the keys, then by what fits", () => {
    const model = (name: string, type: string) => ({
      type: "object",
      required: [name],
      properties: { [name]: { type } },
      additionalProperties: false,
    });
    const schema = field({ anyOf: [model("a", "integer"), model("b", "integer"), model("b", "string")] });
    expect(give(schema, '{"f":{"b":"x"}}')).toBe('{"f":{"b":"x"}}');
    expect(give(schema, '{"f":{"a":"x"}}')).toBe("v.f.a: type_mismatch");
    expect(give(schema, '{"f":{"c":1}}')).toBe("v.f: no_union_variant");
  });

  it("goes by the discriminator when there is one", () => {
    const animal = (kind: string) => ({
      type: "object",
      required: ["kind"],
      properties: { kind: { const: kind }, n: { type: "integer" } },
    });
    const schema = field(
      {
        oneOf: [{ $ref: "#/$defs/Cat" }, { $ref: "#/$defs/Dog" }],
        discriminator: { propertyName: "kind", mapping: { cat: "#/$defs/Cat", dog: "#/$defs/Dog" } },
      },
      { $defs: { Cat: animal("cat"), Dog: animal("dog") } },
    );
    expect(give(schema, '{"f":{"n":"1","kind":"dog"}}', PYDANTIC)).toBe('{"f":{"kind":"dog","n":1}}');
    expect(give(schema, '{"f":{"kind":"dog","n":"x"}}', PYDANTIC)).toBe("v.f.n: type_mismatch");
    expect(give(schema, '{"f":{"kind":"cow"}}', PYDANTIC)).toBe("v.f: schema_violation");
    expect(give(schema, '{"f":{"kind":"__proto__"}}', PYDANTIC)).toBe("v.f: schema_violation");
    expect(give(schema, '{"f":"dog"}', PYDANTIC)).toBe("v.f: type_mismatch");
  });
});

describe("a tuple", () => {
  const schema = {
    type: "object",
    title: "NamedTupleWrapper_P",
    required: ["y", "x"],
    properties: { x: { type: "integer" }, y: { type: "string" } },
  };
  it("is given as a list or by its names", () => {
    expect(give(schema, '["a",1]', PYDANTIC)).toBe('{"y":"a","x":1}');
    expect(give(schema, '{"x":1,"y":"a"}', PYDANTIC)).toBe('{"y":"a","x":1}');
    expect(give(schema, '["a"]', PYDANTIC)).toBe("v: schema_violation");
    expect(give(schema, "[1,1]", PYDANTIC)).toBe("v.y: type_mismatch");
  });
});
