import type { Issue, ParameterDefinition } from "@flyte-webhook/core";
import { describe, expect, it } from "vitest";
import { coerce, isTrue } from "./coerce.ts";

const OBJECT = { toString: 1, valueOf: null } as never;

function give(type: ParameterDefinition["type"], value: unknown): unknown {
  const issues: Issue[] = [];
  const read = coerce({ name: "v", in: "query", type, description: "" }, value as never, ["query", "v"], issues);
  return issues.length > 0 ? issues[0]?.type : read;
}

describe("a value of a parameter", () => {
  it.each([
    ["boolean", "YES", true],
    ["boolean", "1", true],
    ["boolean", "off", false],
    ["boolean", "", "bool_parsing"],
    // Names that every object knows are no words.
    ["boolean", "constructor", "bool_parsing"],
    ["boolean", "__proto__", "bool_parsing"],
    ["boolean", OBJECT, "bool_parsing"],
    ["boolean", [true], "bool_parsing"],
    ["integer", " 2 ", 2],
    ["integer", "1.0", 1],
    ["integer", "1.5", "int_parsing"],
    ["integer", "9007199254740992", "int_parsing_size"],
    ["integer", true, "int_parsing"],
    ["integer", OBJECT, "int_parsing"],
    ["integer", [1], "int_parsing"],
    ["number", "1e1", 10],
    ["number", "", "float_parsing"],
    ["number", "Infinity", "float_parsing"],
    ["number", OBJECT, "float_parsing"],
    ["string", OBJECT, "string_type"],
    ["strings", OBJECT, "list_type"],
  ] as const)("%s %j is %j", (type, value, expected) => {
    expect(give(type, value)).toBe(expected);
  });

  it.each([
    ["boolean", "true", "bool_type"],
    ["boolean", 1n, "bool_type"],
    ["boolean", true, true],
    ["integer", "1", "int_type"],
    ["integer", 1n, 1],
    ["number", "1", "float_type"],
    ["number", 1.5, 1.5],
  ] as const)("in a body has JSON's own type: %s", (type, value, expected) => {
    const issues: Issue[] = [];
    const parameter = { name: "v", in: "query", type, description: "" } as const;
    const read = coerce(parameter, value as never, ["body", "v"], issues);
    expect(issues[0]?.type ?? read).toBe(expected);
  });

  it("of a query is true by a word for it alone", () => {
    expect(["true", "1", "Yes"].every(isTrue)).toBe(true);
    expect([undefined, "", "false", "constructor"].some(isTrue)).toBe(false);
  });
});
