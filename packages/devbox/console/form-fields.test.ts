import { expect, test } from "vitest";
import { fieldOfMessage, fieldsOf, type JsonObject, readFields, schemaValue } from "./form-fields.ts";

/** As the devbox writes it for a task of Flyte's Python. */
const FORM: JsonObject = {
  type: "object",
  properties: {
    text: { type: "string", description: "What to say." },
    count: { type: "integer", default: 3 },
    rate: { type: "number", format: "float" },
    dry: { type: "boolean", default: true },
    mode: { type: "string", enum: ["FAST", "EXACT"] },
    at: { type: "string", format: "datetime" },
    span: { type: "string", format: "duration" },
    list: { type: "array", items: { type: "integer" } },
    maybe: {
      oneOf: [
        { type: "integer", title: "integer" },
        { type: "null", title: "none" },
      ],
      format: "union",
    },
    file: {
      type: "object",
      format: "blob",
      properties: { uri: { type: "string", default: "" }, format: { default: "" } },
    },
  },
  required: ["text", "rate", "dry", "mode", "at", "span", "list", "maybe", "file"],
};

const field = (name: string, values?: JsonObject) => {
  const found = fieldsOf(FORM, values).find((one) => one.name === name);
  if (!found) throw new Error(`no field ${name}`);
  return found;
};

test("each type has its field, in the order of the schema", () => {
  expect(fieldsOf(FORM).map(({ name, kind }) => `${name}:${kind}`)).toEqual([
    ...["text:text", "count:integer", "rate:number", "dry:boolean", "mode:choice", "at:datetime", "span:duration"],
    ...["list:json", "maybe:integer", "file:json"],
  ]);
  expect(fieldsOf(FORM).map(({ type }) => type)).toEqual([
    ...["text", "integer", "float", "boolean", "one of a list", "datetime", "duration"],
    ...["list of integer", "integer or nothing", "file or directory"],
  ]);
  expect(field("mode").choices).toEqual(["FAST", "EXACT"]);
  expect(field("text").description).toBe("What to say.");
});

test("what may be left out is not required: a default, a type that takes nothing", () => {
  expect(
    fieldsOf(FORM)
      .filter(({ required }) => !required)
      .map(({ name }) => name),
  ).toEqual(["count", "maybe"]);
});

test("fields hold the defaults, or the values of another run", () => {
  expect([field("count").text, field("dry").text, field("text").text]).toEqual(["3", "true", ""]);
  const values: JsonObject = { count: "9007199254740993", list: [1], maybe: { type: "null" }, dry: false, text: "" };
  expect(field("count", values).text).toBe("9007199254740993");
  expect(field("list", values).text).toBe("[\n  1\n]");
  expect([field("maybe", values).text, field("dry", values).text]).toEqual(["", "false"]);
  expect(schemaValue(FORM.properties as JsonObject)).toBeUndefined();
  const file = { format: "blob", properties: { uri: { default: "file:///a" }, format: { default: "csv" } } };
  expect(schemaValue(file)).toEqual({ uri: "file:///a", format: "csv" });
});

test("texts become values", () => {
  const texts = {
    ...{ text: "", count: " 12 ", rate: "2e-3", dry: "false", mode: "FAST", at: "2026-01-31T12:00:00+02:00" },
    ...{ span: "1h30m", list: "[1, 2]", maybe: "", file: '{"uri":"file:///a"}' },
  };
  expect(readFields(fieldsOf(FORM), texts)).toEqual({
    problems: {},
    values: {
      ...{ text: "", count: 12, rate: 0.002, dry: false, mode: "FAST", at: "2026-01-31T12:00:00+02:00" },
      ...{ span: "1h30m", list: [1, 2], file: { uri: "file:///a" } },
    },
  });
});

test("an integer that no number of JSON can be stays exact", () => {
  expect(readFields([field("count")], { count: "9223372036854775807" }).values).toEqual({
    count: "9223372036854775807",
  });
});

test.each([
  ["count", "1.5", /whole number/],
  ["count", "9223372036854775808", /64 bits/],
  ["rate", "much", /number/],
  ["rate", "Infinity", /number/],
  ["at", "yesterday", /2026-01-31T12:00:00Z/],
  ["at", "2026-13-41T12:00:00Z", /2026-01-31T12:00:00Z/],
  ["span", "1 hour", /1h30m/],
  ["list", "[1,", /not JSON/],
  ["mode", "SLOW", /one of FAST, EXACT/],
  ["at", "", /required/],
])("%s %j: what is wrong is told at the field", (name, text, problem) => {
  const { values, problems } = readFields([field(name)], { [name]: text });
  expect(problems[name]).toMatch(problem);
  expect(values).toEqual({});
});

test("a message of the devbox finds its field", () => {
  const fields = fieldsOf(FORM);
  expect(fieldOfMessage(fields, 'count: "a" is not an integer')).toBe("count");
  expect(fieldOfMessage(fields, 'missing value for variable "rate" in JSON payload')).toBe("rate");
  expect(fieldOfMessage(fields, "the devbox does not answer")).toBeUndefined();
});
