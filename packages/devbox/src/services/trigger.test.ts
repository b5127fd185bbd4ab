import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { type Inputs, InputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { TriggerRevisionAction } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import { expect, test } from "vitest";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";
import { triggerClient } from "../testing/trigger-client.ts";

async function start() {
  const { devbox } = await temporaryDevbox();
  const client = triggerClient(devbox);
  await client.deployTask();
  return client;
}

const inputs = (primitives: Record<string, JsonObject>): Inputs =>
  fromJson(InputsSchema, {
    literals: Object.entries(primitives).map(([name, primitive]) => ({ name, value: { scalar: { primitive } } })),
  });

test("inputs that a trigger holds are given to its runs, and so are others beside the time that fires it", async () => {
  const client = await start();
  const spec = { inputs: inputs({ duration: { duration: "0.010s" } }) };
  await client.deploy("held", { cron: "@yearly", active: false, kickoff: "when", spec });
  const { run } = await client.runs.createRun({
    id: { case: "runId", value: { ...client.scope, name: "by-hand" } },
    task: { case: "triggerName", value: client.nameOf("held") },
  });
  expect(run?.action?.metadata).toMatchObject({ triggerName: "held", triggerId: { revision: 1n } });
  expect((await client.end("by-hand")).phase).toBe("SUCCEEDED");
  const { inputs: given } = await client.data.getActionData({
    actionId: { run: { ...client.scope, name: "by-hand" }, name: "a0" },
  });
  expect(given?.literals.map(({ name }) => name).sort()).toEqual(["duration", "when"]);
});

test("each change is a revision, and a deleted trigger goes on with them", async () => {
  const client = await start();
  const name = client.nameOf("t");
  await client.deploy("t", { cron: "@yearly", active: false });
  await client.triggers.updateTriggers({ names: [name], active: true });
  await client.triggers.updateTriggers({ names: [name], active: true });
  await client.triggers.deleteTriggers({ names: [name] });
  await expect(client.triggers.getTriggerDetails({ name })).rejects.toThrow("[not_found]");
  await client.deploy("t", { cron: "@yearly", active: true });
  const { triggers } = await client.triggers.getTriggerRevisionHistory({ name });
  const { DEPLOY, DELETE, ACTIVATE } = TriggerRevisionAction;
  expect(triggers.map(({ action }) => action)).toEqual([DEPLOY, DELETE, ACTIVATE, DEPLOY]);
  const { trigger } = await client.triggers.getTriggerRevisionDetails({ id: { name, revision: 2n } });
  expect(trigger?.spec?.active).toBe(true);
});

test("an unknown name switches none of those beside it", async () => {
  const client = await start();
  await client.deploy("t", { cron: "@yearly", active: false });
  const names = [client.nameOf("t"), client.nameOf("other")];
  await expect(client.triggers.updateTriggers({ names, active: true })).rejects.toThrow("[not_found]");
  const { trigger } = await client.triggers.getTriggerDetails({ name: client.nameOf("t") });
  expect(trigger?.spec?.active).toBe(false);
});

test.each([
  ["a task version that is not there", { taskVersion: "9" }, "[not_found] task not found"],
  ["an input of another type", { inputs: inputs({ when: { integer: "1" } }) }, '[invalid_argument] input "when"'],
])("is refused: %s", async (_, spec, message) => {
  const client = await start();
  const deploy = client.triggers.deployTrigger({
    name: client.nameOf("t"),
    spec: { taskVersion: "1", ...spec },
  });
  await expect(deploy).rejects.toThrow(message);
});
