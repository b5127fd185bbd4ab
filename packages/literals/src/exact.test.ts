import { create, fromJson, toJson } from "@bufbuild/protobuf";
import { LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { LiteralTypeSchema } from "@flyte-webhook/idl/flyteidl2/core/types";
import { describe, expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";
import { toLiteral } from "./to-literal.ts";

const LIST = { structure: { tag: "Typed List" } };
const MAP = { structure: { tag: "Typed Dict" } };
const list = (simple: string) => ({ collectionType: { simple }, ...LIST });
const map = (simple: string) => ({ mapValueType: { simple }, ...MAP });

/** The variant that is chosen, or the problem. */
function chosen(variants: object[], text: string): unknown {
  const issues: never[] = [];
  const type = fromJson(LiteralTypeSchema, { unionType: { variants } } as never);
  const literal = toLiteral(parseJson(text), type, [], issues);
  if (!literal) return issues.map(({ type: code }) => code).join();
  const { scalar } = toJson(LiteralSchema, create(LiteralSchema, literal)) as { scalar: { union: { type: object } } };
  return scalar.union.type;
}

describe("a union of containers", () => {
  it("takes the variant that a value is of as it stands, before those it can be read as", () => {
    const variants = [list("INTEGER"), list("STRING")];
    expect(chosen(variants, '["1"]')).toEqual(list("STRING"));
    expect(chosen(variants, "[1]")).toEqual(list("INTEGER"));
    expect(chosen([map("INTEGER"), map("STRING")], '{"a":"1"}')).toEqual(map("STRING"));
    expect(chosen([list("DATETIME"), list("STRING")], '["2026-01-02"]')).toEqual(list("STRING"));
  });

  it("is ambiguous where a task would find it so", () => {
    expect(chosen([list("INTEGER"), list("STRING")], "[]")).toBe("ambiguous_union");
    // An integer is a float as it stands.
    expect(chosen([list("INTEGER"), list("FLOAT")], "[1]")).toBe("ambiguous_union");
    expect(chosen([list("INTEGER"), list("FLOAT")], "[1.5]")).toEqual(list("FLOAT"));
  });
});
