import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { MetaSchema, SpecSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { expect, test } from "vitest";
import { clusterOf, copySourceLink, setCluster, setSourceLink } from "./newer-fields.ts";

test("a cluster is field 16, a text", () => {
  const spec = create(SpecSchema);
  setCluster(spec, "c1");
  expect([...toBinary(SpecSchema, spec)]).toEqual([0x82, 0x01, 2, 0x63, 0x31]);
  expect(clusterOf(fromBinary(SpecSchema, toBinary(SpecSchema, spec)))).toBe("c1");
  setCluster(spec, "c2");
  expect(clusterOf(spec)).toBe("c2");
  expect(clusterOf(create(SpecSchema))).toBe("");
});

test("a source link is field 5, a message with the link as field 1", () => {
  const meta = create(MetaSchema);
  setSourceLink(meta, "x");
  expect([...toBinary(MetaSchema, meta)]).toEqual([0x2a, 3, 0x0a, 1, 0x78]);
});

test("copying a source link keeps the other unknown fields", () => {
  const [from, to] = [create(MetaSchema), fromBinary(MetaSchema, Uint8Array.of(0x22, 1, 0x61))];
  setSourceLink(from, "new");
  copySourceLink(from, to);
  copySourceLink(create(MetaSchema), to);
  expect(to.$unknown?.map(({ no }) => no)).toEqual([4, 5]);
});
