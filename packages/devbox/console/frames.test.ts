import { expect, test } from "vitest";
import { joinFrames, requestFrame } from "./frames.ts";

const frame = (flags: number, message: object) => {
  const bytes = requestFrame(message);
  bytes[0] = flags;
  return bytes;
};

test("messages come out as they went in, wherever the stream is cut", () => {
  const sent = [frame(0, { a: "ä€😀" }), frame(0, {}), frame(2, { error: { code: "not_found" } })];
  const bytes = Uint8Array.from(sent.flatMap((one) => [...one]));
  const expected = [
    { last: false, json: { a: "ä€😀" } },
    { last: false, json: {} },
    { last: true, json: { error: { code: "not_found" } } },
  ];
  for (const size of [1, 2, 3, 7, 1000]) {
    const take = joinFrames();
    const frames = [];
    for (let at = 0; at < bytes.length; at += size) frames.push(...take(bytes.subarray(at, at + size)));
    expect(frames, `${size}`).toEqual(expected);
  }
});

test("an end without a text is an end", () => {
  expect(joinFrames()(new Uint8Array([2, 0, 0, 0, 0]))).toEqual([{ last: true, json: {} }]);
});
