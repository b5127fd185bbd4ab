import { create, fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { VariableMapSchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { NamedLiteralSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { TranslatorService } from "@flyte-webhook/idl/flyteidl2/workflow/translator_service";
import { describe, expect, test } from "vitest";
import { registerTranslatorService } from "./translator.ts";

const client = createClient(TranslatorService, createRouterTransport(registerTranslatorService));

const mapOf = (types: Record<string, JsonValue>) =>
  fromJson(VariableMapSchema, { variables: Object.entries(types).map(([key, type]) => ({ key, value: { type } })) });

const optional = {
  unionType: {
    variants: [
      { simple: "INTEGER", structure: { tag: "int" } },
      { simple: "NONE", structure: { tag: "none" } },
    ],
  },
};

/** Values as literals, then in a form, then as literals again. */
async function roundTrip(types: Record<string, JsonValue>, values: JsonObject) {
  const variables = mapOf(types);
  const { literals } = await client.jsonValuesToLiterals({ variables, values });
  const { json } = await client.literalsToLaunchFormJson({ literals, variables });
  const again = await client.launchFormJsonToLiterals({ json: json ?? {} });
  const plain = (list: typeof literals) => list.map((literal) => toJson(NamedLiteralSchema, literal));
  return { literals: plain(literals), form: json, again: plain(again.literals) };
}

describe("values go through a form and back", () => {
  test.each<[JsonValue, JsonValue]>([
    [{ simple: "STRING" }, "text"],
    [{ simple: "INTEGER" }, -7],
    [{ simple: "INTEGER" }, "9007199254740993"],
    [{ simple: "FLOAT" }, 2.5],
    [{ simple: "BOOLEAN" }, false],
    [{ simple: "DATETIME" }, "2026-01-02T03:04:05.250Z"],
    [{ simple: "DURATION" }, "1h0m2.5s"],
    [{ enumType: { values: ["A", "B"] } }, "B"],
    [{ collectionType: { simple: "INTEGER" } }, [1, 2]],
    [{ mapValueType: { simple: "STRING" } }, { a: "x", b: "y" }],
    [
      { blob: { format: "csv", dimensionality: "MULTIPART" } },
      { uri: "s3://b/k", format: "csv", dimensionality: "MULTIPART" },
    ],
  ])("%j %j", async (type, value) => {
    const { literals, form, again } = await roundTrip({ x: type }, { x: value });
    expect(again).toEqual(literals);
    expect(form).toMatchObject({ type: "object", title: "Launch Form", required: ["x"] });
    if (!JSON.stringify(type).includes("blob"))
      expect((form?.properties as JsonObject | undefined)?.x).toMatchObject({ default: value });
  });

  test("a union by the variant that fits, none where nothing is given", async () => {
    const types = { a: optional, b: optional };
    const { literals, form, again } = await roundTrip(types, { a: 5 });
    expect(again).toEqual(literals);
    expect(JSON.stringify(literals[0])).toContain('"tag":"int"');
    expect(JSON.stringify(literals[1])).toContain('"noneType":{}');
    expect(form?.required).toEqual([]);
  });
});

test("literals are in the order of the variables", async () => {
  const variables = mapOf({ z: { simple: "STRING" }, a: { simple: "STRING" } });
  const { literals } = await client.jsonValuesToLiterals({ variables, values: { a: "1", z: "2", other: "3" } });
  expect(literals.map(({ name }) => name)).toEqual(["z", "a"]);
});

test("a form for a task shows defaults and requires the rest", async () => {
  const taskSpec = fromJson(TaskSpecSchema, {
    taskTemplate: {
      interface: {
        inputs: {
          variables: [
            { key: "x", value: { type: { simple: "INTEGER" } } },
            { key: "d", value: { type: { simple: "DURATION" } } },
            { key: "o", value: { type: optional } },
          ],
        },
      },
    },
    defaultInputs: [{ name: "x", parameter: { default: { scalar: { primitive: { integer: "7" } } } } }],
  });
  const { json } = await client.taskSpecToLaunchFormJson({ taskSpec: create(TaskSpecSchema, taskSpec) });
  expect(json?.required).toEqual(["d"]);
  expect(json?.properties).toMatchObject({ x: { type: "integer", default: 7 }, d: { format: "duration" } });
});

describe("what is refused", () => {
  test.each<[JsonValue, JsonValue, string]>([
    [{ simple: "INTEGER" }, 1.5, "x: 1.5 is not an integer"],
    [{ simple: "INTEGER" }, 2 ** 53, "beyond 2^53"],
    [{ simple: "INTEGER" }, "99999999999999999999", "is not an integer"],
    [{ simple: "DURATION" }, "PT1H", "is not a duration"],
    [{ simple: "DATETIME" }, "yesterday", "RFC 3339"],
    [{ simple: "BINARY" }, "AA==", "BINARY"],
    [{ simple: "STRING" }, null, "null value provided for non-optional variable"],
    [{ enumType: { values: ["A"] } }, "B", "is not one of A"],
    [optional, "text", "fits no variant"],
    [{ collectionType: { simple: "INTEGER" } }, [1, "a"], "x[1]"],
  ])("%j %j", async (type, value, message) => {
    const call = client.jsonValuesToLiterals({ variables: mapOf({ x: type }), values: { x: value } });
    await expect(call).rejects.toThrow("[invalid_argument]");
    await expect(call).rejects.toThrow(message);
  });
});
