import { describe, expect, it } from "vitest";
import { decodeMsgpack } from "./decode-msgpack.ts";
import { encodeMsgpack } from "./encode-msgpack.ts";
import { keysOf } from "./key-order.ts";
import { parseJson } from "./parse-json.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

describe("MessagePack", () => {
  it.each([
    [null, "c0"],
    [127n, "7f"],
    [128n, "cc80"],
    [255n, "ccff"],
    [256n, "cd0100"],
    [65536n, "ce00010000"],
    [2n ** 32n, "cf0000000100000000"],
    [2n ** 64n - 1n, "cfffffffffffffffff"],
    [-32n, "e0"],
    [-33n, "d0df"],
    [-129n, "d1ff7f"],
    [-32769n, "d2ffff7fff"],
    [-(2n ** 31n) - 1n, "d3ffffffff7fffffff"],
    [-(2n ** 63n), "d38000000000000000"],
    [2, "cb4000000000000000"],
    [-0, "cb8000000000000000"],
    ["é", "a2c3a9"],
    [[true, false], "92c3c2"],
    [{ a: 1n }, "81a16101"],
  ])("%s is %s, as Python writes it", (value, expected) => {
    expect(hex(encodeMsgpack(value))).toBe(expected);
    expect(decodeMsgpack(bytes(expected))).toEqual(value);
  });

  it("writes bytes as bytes and shows them as base64", () => {
    expect(hex(encodeMsgpack({ b: Uint8Array.of(0, 255) }))).toBe("81a162c40200ff");
    expect(decodeMsgpack(bytes("81a162c40200ff"))).toEqual({ b: "AP8=" });
  });

  it.each([0, 31, 32, 63, 64, 65, 255, 256, 65535, 65536])("keeps texts, lists and maps of %d", (size) => {
    const values = [
      "é".repeat(size),
      "a".repeat(size),
      Array(size).fill(null),
      Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, true])),
    ];
    for (const value of values) expect(decodeMsgpack(encodeMsgpack(value))).toEqual(value);
  });

  it("keeps the order of keys, those that are integers too", () => {
    const packed = encodeMsgpack(parseJson('{"10":null,"2":null}'));
    expect(hex(packed)).toBe("82a23130c0a132c0");
    expect(keysOf(decodeMsgpack(bytes("820ac002c0")) as object)).toEqual(["10", "2"]);
  });

  it("keeps a key named __proto__ a key", () => {
    const value = decodeMsgpack(bytes("81a95f5f70726f746f5f5f81a16101")) as object;
    expect(Object.hasOwn(value, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each(["", "81", "dd7fffffff", "df7fffffffc0c0", "c1", "d40000", "c0c0", "a2ffff", "8190c0", "91".repeat(5000)])(
    "refuses %s quickly",
    (text) => {
      expect(() => decodeMsgpack(bytes(text))).toThrow();
    },
  );

  it("refuses integers beyond 64 bits and values nested too deep", () => {
    expect(() => encodeMsgpack(2n ** 64n)).toThrow(RangeError);
    expect(() => encodeMsgpack(-(2n ** 63n) - 1n)).toThrow(RangeError);
    expect(() => encodeMsgpack(parseJson("[".repeat(70) + "]".repeat(70)))).toThrow(RangeError);
  });
});
