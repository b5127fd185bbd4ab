import { describe, expect, it } from "vitest";
import { encodePickle } from "./encode-pickle.ts";
import { parseJson } from "./parse-json.ts";

const hex = (text: string) => Buffer.from(encodePickle(parseJson(text))).toString("hex");

describe("encodePickle", () => {
  it.each([
    ["null", "80024e2e"],
    ["true", "8002882e"],
    ["-1", "80024affffffff2e"],
    ["2147483647", "80024affffff7f2e"],
    ["2147483648", "80028a0500000080002e"],
    ["-2147483649", "80028a05ffffff7fff2e"],
    ["18446744073709551616", "80028a090000000000000000012e"],
    ["2.5", "80024740040000000000002e"],
    ['"é"', "80025802000000c3a92e"],
    ["[]", "80025d2e"],
    ["{}", "80027d2e"],
    ["[1]", "80025d284a01000000652e"],
    ['{"a":[]}', "80027d285801000000615d752e"],
  ])("writes %s as protocol 2", (text, expected) => {
    expect(hex(text)).toBe(expected);
  });

  it("holds no opcode that imports or calls", () => {
    const pickle = encodePickle(parseJson('{"a":[1,2.5,null,true,"c__builtin__\\neval\\n",{"R":"i"}]}'));
    // Python's own disassembler names these; texts are data and skipped here by their length.
    const codes: number[] = [];
    for (let at = 2; at < pickle.length; at++) {
      const code = pickle[at] as number;
      codes.push(code);
      if (code === 0x58) at += 4 + new DataView(pickle.buffer).getUint32(at + 1, true);
      else if (code === 0x4a) at += 4;
      else if (code === 0x47) at += 8;
      else if (code === 0x8a) at += 1 + (pickle[at + 1] as number);
    }
    const known = [0x4e, 0x88, 0x89, 0x4a, 0x8a, 0x47, 0x58, 0x5d, 0x65, 0x7d, 0x75, 0x28, 0x2e];
    expect(codes.filter((code) => !known.includes(code))).toEqual([]);
    expect(codes.at(-1)).toBe(0x2e);
  });
});
