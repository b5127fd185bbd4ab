import { DatabaseSync } from "node:sqlite";
import { create } from "@bufbuild/protobuf";
import {
  Filter_Function,
  FilterSchema,
  ListRequestSchema,
  Sort_Direction,
} from "@flyte-webhook/idl/flyteidl2/common/list";
import { describe, expect, test } from "vitest";
import { type Columns, conditionsOf, joined, orderOf, pageOf } from "./list-query.ts";

const COLUMNS: Columns = {
  name: { sql: "name" },
  n: { sql: "n", parse: (text) => (/^\d+$/.test(text) ? Number(text) : undefined) },
};
const db = new DatabaseSync(":memory:");
db.exec(
  "CREATE TABLE rows (name TEXT, n INTEGER); INSERT INTO rows VALUES ('alpha', 1), ('Alp', 2), ('100%', 3), ('a_b', 4)",
);

function names(name: Filter_Function, field: string, ...values: string[]) {
  const { sql, params } = joined(conditionsOf([create(FilterSchema, { function: name, field, values })], COLUMNS));
  return db
    .prepare(`SELECT name FROM rows WHERE ${sql} ORDER BY n`)
    .all(...params)
    .map((row) => row.name);
}

const F = Filter_Function;

test.each([
  [F.EQUAL, "name", ["alpha"], ["alpha"]],
  [F.NOT_EQUAL, "name", ["alpha"], ["Alp", "100%", "a_b"]],
  [F.GREATER_THAN, "n", ["2"], ["100%", "a_b"]],
  [F.LESS_THAN_OR_EQUAL, "n", ["1"], ["alpha"]],
  [F.CONTAINS, "name", ["alp"], ["alpha"]],
  [F.CONTAINS, "name", ["%"], ["100%"]],
  [F.CONTAINS, "name", ["_"], ["a_b"]],
  [F.CONTAINS_CASE_INSENSITIVE, "name", ["ALP"], ["alpha", "Alp"]],
  [F.ENDS_WITH, "name", ["a"], ["alpha"]],
  [F.NOT_ENDS_WITH, "name", ["a"], ["Alp", "100%", "a_b"]],
  [F.VALUE_IN, "n", ["1", "4"], ["alpha", "a_b"]],
  [F.VALUE_IN, "name", ["Alp"], ["Alp"]],
  [F.EQUAL, "name", ["' OR TRUE --"], []],
])("%s %s %j", (name, field, values, found) => {
  expect(names(name, field, ...values)).toEqual(found);
});

test.each([
  [F.EQUAL, "bogus", ["x"], "invalid filter field: bogus"],
  [F.EQUAL, "constructor", ["x"], "invalid filter field: constructor"],
  [F.EQUAL, "name", [], "filter name has no values"],
  [F.EQUAL, "name", ["a", "b"], "takes one value, not 2"],
  [F.EQUAL, "n", ["x"], '"x" is no value of it'],
  [F.VALUE_IN, "name", Array(201).fill("x"), "more than 200 values"],
  [99 as Filter_Function, "name", ["x"], "unsupported filter function: 99"],
])("refuses %s %s", (name, field, values, message) => {
  expect(() => names(name, field, ...values)).toThrow(message);
});

describe("pages and order", () => {
  const list = (init: object) => create(ListRequestSchema, init);

  test("limits and tokens", () => {
    expect(pageOf(undefined)).toEqual({ limit: 50, offset: 0 });
    expect(pageOf(list({ limit: 200, token: "7" }))).toEqual({ limit: 200, offset: 7 });
    for (const token of ["-1", "abc", "1.5", "9".repeat(16)])
      expect(() => pageOf(list({ token }))).toThrow("invalid token");
    expect(() => pageOf(list({ limit: 201 }))).toThrow("exceeds maximum of 200");
  });

  test("order", () => {
    const by = (key: string, direction: Sort_Direction) => ({ key, direction });
    const order = (init: object) => orderOf(list(init), COLUMNS, "n DESC");
    expect(order({})).toBe("n DESC");
    expect(order({ sortBy: by("name", Sort_Direction.ASCENDING) })).toBe("name ASC");
    expect(order({ sortByFields: [by("n", Sort_Direction.DESCENDING), by("name", Sort_Direction.ASCENDING)] })).toBe(
      "n DESC, name ASC",
    );
    expect(() => order({ sortByFields: [by("name; DROP TABLE rows", Sort_Direction.ASCENDING)] })).toThrow(
      "invalid sort field",
    );
  });
});
