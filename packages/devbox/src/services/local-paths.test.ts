import { create } from "@bufbuild/protobuf";
import { type Literal, LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { InputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { decodeMsgpack, encodeMsgpack } from "@flyte-webhook/literals";
import { expect, test } from "vitest";
import { withLocalPaths } from "./local-paths.ts";
import { changeTexts } from "./msgpack-texts.ts";

const blob = (uri: string) =>
  create(LiteralSchema, { value: { case: "scalar", value: { value: { case: "blob", value: { uri } } } } });
const binary = (tag: string, value: Uint8Array) =>
  create(LiteralSchema, { value: { case: "scalar", value: { value: { case: "binary", value: { tag, value } } } } });

function localized(value: Literal): Literal | undefined {
  const inputs = create(InputsSchema, { literals: [{ name: "x", value }] });
  return withLocalPaths(inputs, "/data").literals[0]?.value;
}

test.each([
  ["file:///data/uploads/a", "/data/uploads/a"],
  ["file:///etc/passwd", "file:///etc/passwd"],
  ["file:///data/../etc/passwd", "file:///data/../etc/passwd"],
  ["s3://bucket/a", "s3://bucket/a"],
])("%s becomes %s", (uri, path) => {
  expect(localized(blob(uri))).toEqual(blob(path));
  const list = (item: Literal) => create(LiteralSchema, { value: { case: "collection", value: { literals: [item] } } });
  expect(localized(list(blob(uri)))).toEqual(list(blob(path)));
});

test("also in data of a dataclass, and nothing else of it", () => {
  const data = { path: "file:///data/a", big: 2 ** 40, list: [1.5, "é".repeat(40), null, true, -3], map: { k: "" } };
  const found = localized(binary("msgpack", encodeMsgpack(data)))?.value.value;
  if (!found || !("value" in found) || found.value.case !== "binary") throw new Error("no binary");
  expect(decodeMsgpack(found.value.value.value)).toEqual(decodeMsgpack(encodeMsgpack({ ...data, path: "/data/a" })));
  const pickle = binary("", encodeMsgpack("file:///data/a"));
  expect(localized(pickle)).toEqual(pickle);
});

test("what is no msgpack stays as it is", () => {
  for (const bytes of [[0xd9], [0xdb, 0xff, 0xff, 0xff, 0xff, 1], [0xc7, 5], [0xa5, 0x61]]) {
    const data = new Uint8Array(bytes);
    expect(changeTexts(data, () => "x")).toBe(data);
  }
});

test("values of every type pass through", () => {
  const values =
    "c0c2c3cc01cd0001ce00000001cf0000000000000001d001d10001d200000001d30000000000000001ca3f800000cb3ff0000000000000d401ffd502ffffd603ffffffffd704ffffffffffffffffd805ffffffffffffffffffffffffffffffffc40199c50001 99c60000000199c70106aac8000106aac90000000106aa92a161d90162dc0001c081a163a164de0001a165c07fe0";
  const bytes = Buffer.from(values.replaceAll(" ", ""), "hex");
  const changed = Buffer.from(changeTexts(bytes, (text) => (text === "d" ? "D" : text)));
  expect(changed.toString("hex")).toBe(bytes.toString("hex").replace("a164", "db0000000144"));
});
