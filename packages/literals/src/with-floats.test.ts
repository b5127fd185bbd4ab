import { describe, expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";
import { stringifyJson } from "./stringify-json.ts";
import { withFloats } from "./with-floats.ts";

describe("withFloats", () => {
  it.each([
    ["2.0", "2.0"],
    ["-0.0", "-0.0"],
    ["2", "2"],
    ["1.5", "1.5"],
    ["1e20", "100000000000000000000.0"],
    ["1e300", "1e+300"],
    ['{"b":1.0,"10":[2.0,{"a":3}],"2":null}', '{"b":1.0,"10":[2.0,{"a":3}],"2":null}'],
    ['["1.0",true,9007199254740993]', '["1.0",true,9007199254740993]'],
  ])("writes %s as %s", (given, written) => {
    expect(stringifyJson(withFloats(parseJson(given)))).toBe(written);
  });

  it("keeps what JSON has no number for", () => {
    expect(stringifyJson(withFloats([Number.NaN, Number.NEGATIVE_INFINITY]))).toBe('["NaN","-Infinity"]');
  });
});
