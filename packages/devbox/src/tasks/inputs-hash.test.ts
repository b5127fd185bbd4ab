import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { InputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { expect, test } from "vitest";
import { inputsHash } from "./inputs-hash.ts";

const integer = (name: string, value: string) => ({ name, value: { scalar: { primitive: { integer: value } } } });
const text = (name: string, value: string) => ({ name, value: { scalar: { primitive: { stringValue: value } } } });
const hash = (json: JsonValue, ignore?: string[]) => inputsHash(fromJson(InputsSchema, json), ignore);

// The values are those that a real control plane answered.
test("hashes as a real control plane does", () => {
  expect(hash({})).toBe("y_Kc5IQiIyU");
  expect(hash({ literals: [text("y", "hello"), integer("x", "42")] })).toBe("IZuCzgUae_s");
  expect(hash({ literals: [integer("x", "42"), text("y", "hello")] })).toBe("Orxj1wLqmjs");
  expect(hash({ literals: [integer("x", "1")], context: [{ key: "a", value: "b" }] })).toBe("jpB6IWp-OOE");
});

test("leaves out what the cache ignores", () => {
  expect(hash({ literals: [integer("x", "42"), text("y", "hello")] }, ["y"])).toBe("ImqB6TmEjYE");
});
