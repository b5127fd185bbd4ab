import { toBinary } from "@bufbuild/protobuf";
import { WatchActionsResponseSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import { expect, test } from "vitest";
import { writtenOnce } from "./written-once.ts";

const BINARY = new Headers({ "content-type": "application/connect+proto" });
const JSON_FORM = new Headers({ "content-type": "application/connect+json" });

test("every stream gets the same bytes, and those in JSON the fields", () => {
  const enrichedActions = [{ action: { id: { name: "a0" } }, meetsFilter: true }, { action: { id: { name: "b" } } }];
  const message = writtenOnce(WatchActionsResponseSchema, { enrichedActions });
  const [first, second, third] = [message(BINARY), message(BINARY), message(BINARY)];
  const bytes = toBinary(WatchActionsResponseSchema, first);
  expect(bytes.length).toBeGreaterThan(0);
  expect(toBinary(WatchActionsResponseSchema, second)).toEqual(bytes);
  expect(second.enrichedActions).toEqual([]);
  expect(third).toBe(second);
  expect(message(JSON_FORM).enrichedActions.map(({ action }) => action?.id?.name)).toEqual(["a0", "b"]);
});
