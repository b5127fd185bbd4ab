import { create, fromJson, toJson } from "@bufbuild/protobuf";
import { type VariableEntry, VariableEntrySchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { NamedLiteralSchema, NamedParameterSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { describe, expect, it } from "vitest";
import { fromLiteral } from "./from-literal.ts";
import { buildInputs, literalsToJson } from "./inputs.ts";
import type { JsonObject } from "./json.ts";
import { parseJson } from "./parse-json.ts";
import { stringifyJson } from "./stringify-json.ts";

const variable = (key: string, type: object): VariableEntry =>
  fromJson(VariableEntrySchema, { key, value: { type } } as never);

/** The literal of one input as protobuf JSON, or the types of its problems. */
function convert(type: object, text: string): unknown {
  const result = buildInputs(parseJson(`{"v": ${text}}`) as JsonObject, [variable("v", type)], []);
  if (!result.ok) return result.issues.map((issue) => issue.type);
  const literal = result.literals[0]?.value;
  return literal && toJson(LiteralSchema, literal);
}
const primitive = (value: object) => ({ scalar: { primitive: value } });

describe("buildInputs", () => {
  it.each([
    ["INTEGER", "9007199254740993", primitive({ integer: "9007199254740993" })],
    ["INTEGER", "5.0", primitive({ integer: "5" })],
    ["INTEGER", '"12"', primitive({ integer: "12" })],
    ["INTEGER", "5.5", ["type_mismatch"]],
    ["INTEGER", "true", ["type_mismatch"]],
    ["INTEGER", "9223372036854775808", ["out_of_range"]],
    ["INTEGER", "null", ["null_not_allowed"]],
    ["FLOAT", "1", primitive({ floatValue: 1 })],
    ["FLOAT", '"NaN"', primitive({ floatValue: "NaN" })],
    ["FLOAT", "1e400", ["out_of_range"]],
    ["STRING", "1", ["type_mismatch"]],
    ["DATETIME", '"2024-01-01T23:34:05.5+02:00"', primitive({ datetime: "2024-01-01T21:34:05.500Z" })],
    ["DATETIME", '"2024-01-01T23:34:05-0330"', primitive({ datetime: "2024-01-02T03:04:05Z" })],
    ["DATETIME", '"2024-01-01T23:34+02"', primitive({ datetime: "2024-01-01T21:34:00Z" })],
    ["DATETIME", '"2024-02-30"', ["invalid_format"]],
    ["DATETIME", "5", ["type_mismatch"]],
    ["DURATION", '"P1DT2.5S"', primitive({ duration: "86402.500s" })],
    ["DURATION", "-1.5", primitive({ duration: "-1.500s" })],
    ["DURATION", '"soon"', ["invalid_format"]],
    ["STRUCT", '{"a":1,"b":2.0}', { scalar: { binary: { tag: "msgpack", value: "gqFhAaFiy0AAAAAAAAAA" } } }],
    ["BINARY", "1", ["unsupported_type"]],
  ])("%s from %s", (simple, text, expected) => {
    expect(convert({ simple }, text)).toEqual(expected);
  });

  it("chooses the union variant that the value means, and copies its tag", () => {
    const type = {
      unionType: {
        variants: [
          { simple: "INTEGER", structure: { tag: "int" } },
          { simple: "NONE", structure: { tag: "none" } },
        ],
      },
    };
    expect(convert(type, "null")).toMatchObject({ scalar: { union: { type: { structure: { tag: "none" } } } } });
    expect(convert(type, "5")).toMatchObject({ scalar: { union: { value: primitive({ integer: "5" }) } } });
    expect(convert(type, '"x"')).toEqual(["type_mismatch"]);
  });

  it("says why each variant refused", () => {
    const variants = [
      { simple: "INTEGER" },
      { collectionType: { simple: "INTEGER" } },
      { mapValueType: { simple: "INTEGER" } },
    ];
    const result = buildInputs({ v: [1n, "a"] }, [variable("v", { unionType: { variants } })], []);
    expect(result.ok ? [] : result.issues).toMatchObject([
      {
        type: "no_union_variant",
        loc: ["body", "v"],
        msg: expect.stringContaining("(1 should be an integer, not a string)"),
      },
    ]);
  });

  it("reports everything that is wrong at once, each at its place", () => {
    const variables = [
      variable("n", { simple: "INTEGER" }),
      variable("list", { collectionType: { simple: "INTEGER" } }),
      variable("m", { simple: "STRING" }),
    ];
    const result = buildInputs({ n: "x", list: [1n, "a", 2.5], extra: 1n }, variables, []);
    expect(result.ok ? [] : result.issues.map((issue) => [issue.type, issue.loc])).toEqual([
      ["type_mismatch", ["body", "n"]],
      ["type_mismatch", ["body", "list", 1]],
      ["type_mismatch", ["body", "list", 2]],
      ["missing_input", ["body", "m"]],
      ["unknown_input", ["body", "extra"]],
    ]);
  });

  it("fills in stored defaults, in the order of the interface", () => {
    const value = fromJson(LiteralSchema, primitive({ stringValue: "hi" }) as never);
    const parameter = create(NamedParameterSchema, { name: "a", parameter: { behavior: { case: "default", value } } });
    const result = buildInputs(
      { b: 1n },
      [variable("a", { simple: "STRING" }), variable("b", { simple: "INTEGER" })],
      [parameter],
    );
    expect(result.ok && result.literals.map((literal) => literal.name)).toEqual(["a", "b"]);
  });

  it("takes inherited names for nothing but names", () => {
    const result = buildInputs(parseJson("{}") as JsonObject, [variable("constructor", { simple: "STRING" })], []);
    expect(result).toMatchObject({ ok: false });
    const given = parseJson('{"__proto__": 1}') as JsonObject;
    expect(buildInputs(given, [variable("__proto__", { simple: "INTEGER" })], [])).toMatchObject({ ok: true });
  });
});

describe("literalsToJson", () => {
  const value = fromJson(LiteralSchema, primitive({ integer: "1" }) as never);
  const keys = (names: string[], interfaceOrder: string[]) =>
    Object.keys(
      literalsToJson(
        names.map((name) => create(NamedLiteralSchema, { name, value })),
        interfaceOrder.map((name) => variable(name, { simple: "INTEGER" })),
      ),
    );

  it("keeps the order of the interface, and of positions where there are only those", () => {
    expect(keys(["b", "z", "a"], ["a", "b"])).toEqual(["a", "b", "z"]);
    expect(keys(["o10", "o2", "o1"], ["o1", "o10", "o2"])).toEqual(["o1", "o2", "o10"]);
  });
});

describe("fromLiteral", () => {
  const show = (literal: object) => stringifyJson(fromLiteral(fromJson(LiteralSchema, literal as never)));
  it.each([
    [primitive({ integer: "9223372036854775807" }), "9223372036854775807"],
    [primitive({ floatValue: "-Infinity" }), '"-Infinity"'],
    [primitive({ datetime: "2024-01-02T03:04:05.678901Z" }), '"2024-01-02T03:04:05.678901+00:00"'],
    [primitive({ duration: "-1.500s" }), "-1.5"],
    [{ scalar: { binary: { tag: "msgpack", value: "gqFhAaFiy0AAAAAAAAAA" } } }, '{"a":1,"b":2}'],
    [{ scalar: { binary: { value: "gAVLBS4=" } } }, '{"$type":"pickle","bytes":"gAVLBS4="}'],
    [{ scalar: { binary: { tag: "msgpack", value: "gQ==" } } }, '{"$type":"binary","tag":"msgpack","bytes":"gQ=="}'],
    [{ scalar: { blob: { uri: "s3://b/f.csv" } } }, '{"path":"s3://b/f.csv","name":"f.csv","format":"","hash":null}'],
  ])("%j is %s", (literal, text) => {
    expect(show(literal)).toBe(text);
  });
});
