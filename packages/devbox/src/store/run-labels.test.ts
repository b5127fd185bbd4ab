import { Filter_Function } from "@flyte-webhook/idl/flyteidl2/common/list";
import { expect, test } from "vitest";
import { sleepTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

const EXISTS = 15 as Filter_Function;
const NOT_EXISTS = 16 as Filter_Function;

test("runs are found by their labels", async () => {
  const { client } = await temporaryDevbox();
  const label = (values: Record<string, string>) => ({ runSpec: { labels: { values } } });
  await client.runSpec(sleepTask(0), { name: "ml", ...label({ team: "ml", "our.org/app": "x" }) });
  await client.runSpec(sleepTask(0), { name: "web", ...label({ team: "web" }) });
  await client.runSpec(sleepTask(0), { name: "none" });
  const found = async (...filters: [name: Filter_Function, field: string, ...values: string[]][]) => {
    const request = { filters: filters.map(([name, field, ...values]) => ({ function: name, field, values })) };
    const { runs } = await client.runs.listRuns({ scopeBy: { case: "org", value: "" }, request });
    return runs.map(({ action }) => action?.id?.run?.name).sort();
  };
  expect(await found([Filter_Function.EQUAL, "labels.team", "ml"])).toEqual(["ml"]);
  expect(await found([Filter_Function.NOT_EQUAL, "labels.team", "ml"])).toEqual(["none", "web"]);
  expect(await found([Filter_Function.VALUE_IN, "labels.team", "ml", "web"])).toEqual(["ml", "web"]);
  expect(await found([Filter_Function.CONTAINS, "labels.team", "e"])).toEqual(["web"]);
  expect(await found([EXISTS, "labels.our.org/app"])).toEqual(["ml"]);
  expect(await found([NOT_EXISTS, "labels.team"])).toEqual(["none"]);
  expect(await found([EXISTS, "labels.team"], [Filter_Function.EQUAL, "labels.our.org/app", "x"])).toEqual(["ml"]);
  expect(await found([Filter_Function.EQUAL, "labels.team", "' OR 1 --"])).toEqual([]);
  await expect(found([Filter_Function.GREATER_THAN, "labels.team", "a"])).rejects.toThrow("[invalid_argument]");
});
