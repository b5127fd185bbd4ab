import { describe, expect, it } from "vitest";
import { keysOf } from "./key-order.ts";
import { JsonSyntaxError, parseJson } from "./parse-json.ts";
import { stringifyJson } from "./stringify-json.ts";

describe("parseJson", () => {
  it("keeps integers and floats apart, exactly", () => {
    expect(parseJson("[9007199254740993, 5.0, 1e3, -0, 1e400, 0.1]")).toEqual([
      9007199254740993n,
      5,
      1000,
      0n,
      Number.POSITIVE_INFINITY,
      0.1,
    ]);
  });

  it("keeps the order of keys that JavaScript would sort", () => {
    const value = parseJson('{"10": 1, "a": 2, "2": 3, "a": 4, "__proto__": 5}') as object;
    expect(keysOf(value)).toEqual(["10", "a", "2", "__proto__"]);
    expect(stringifyJson(value as never)).toBe('{"10":1,"a":4,"2":3,"__proto__":5}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it("reads what JSON.parse reads", () => {
    const texts = [
      '"\\u00e9\\n\\"\\\\\\/"',
      '"\\ud83d\\ude00 é 😀"',
      " \t\n[ ] ",
      '{"a":{"b":[]},"c":null}',
      "true",
      '""',
    ];
    for (const text of texts) expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"x":1', "Expecting ',' delimiter", 6],
    ["{'x':1}", "Expecting property name enclosed in double quotes", 1],
    ['{"x" 1}', "Expecting ':' delimiter", 5],
    ["[1,]", "Expecting value", 3],
    ["[1 2]", "Expecting ',' delimiter", 3],
    ['{"x":NaN}', "Expecting value", 5],
    ["-Infinity", "Expecting value", 0],
    ["01", "Extra data", 1],
    ["1.", "Extra data", 1],
    ['"a', "Unterminated string starting at", 0],
    ['"a\nb"', "Invalid control character at", 2],
    ['"\\x"', "Invalid \\escape", 1],
    ['"\\u12g4"', "Invalid \\uXXXX escape", 2],
    ["", "Expecting value", 0],
    ["\u00a01", "Expecting value", 0],
    ["truth", "Expecting value", 0],
  ])("refuses %j: %s at %d", (text, message, position) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ name: "Error", message, position }));
    expect(() => parseJson(text)).toThrow(JsonSyntaxError);
    expect(() => JSON.parse(text)).toThrow();
  });

  it("refuses what is nested too deep, and is quick about hostile texts", () => {
    for (const text of ["[".repeat(1e6), '{"a":'.repeat(1e5), `"${"\\".repeat(1e6)}`, `[${"1".repeat(1e6)}`]) {
      expect(() => parseJson(text)).toThrow(JsonSyntaxError);
    }
    expect(parseJson("9".repeat(1e6))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("stringifyJson", () => {
  it("writes plain values as JSON.stringify does", () => {
    const value = { a: [1, -0, 1e21, 1e-7, "é\u2028\ud800"], b: { c: null, d: true }, e: undefined, f: [undefined] };
    expect(stringifyJson(value as never)).toBe(JSON.stringify(value));
    expect(stringifyJson({ ...value, n: 1n } as never)).toBe(JSON.stringify({ ...value, n: 1 }));
    const date = new Date(0);
    expect(stringifyJson({ n: 1n, date } as never)).toBe(JSON.stringify({ n: 1, date }));
  });

  it("writes integers exactly, and texts for what JSON has no number for", () => {
    expect(stringifyJson([2n ** 64n, Number.NaN, { a: Number.NEGATIVE_INFINITY }])).toBe(
      '[18446744073709551616,"NaN",{"a":"-Infinity"}]',
    );
  });
});
