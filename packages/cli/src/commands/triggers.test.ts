import { afterAll, beforeAll, expect, test } from "vitest";
import { triggerClient } from "../../../devbox/src/testing/trigger-client.ts";
import { type CliDevbox, startCliDevbox } from "../testing/cli-devbox.ts";

let box: CliDevbox;
beforeAll(async () => {
  box = await startCliDevbox();
  const client = triggerClient(box.devbox);
  await client.deployTask();
  await client.deploy("nightly", { cron: "0 3 * * *" });
});
afterAll(() => box.close());

test("a trigger is listed, shown and switched", async () => {
  expect((await box.cli("triggers")).out).toBe("test.sleep/nightly  active  cron 0 3 * * *\n");
  expect(JSON.parse((await box.cli("triggers", "list", "--json")).out)).toEqual([
    { name: "nightly", task: "test.sleep", active: true, automation: "cron 0 3 * * *", triggeredAt: null },
  ]);
  const off = await box.cli("triggers", "deactivate", "test.sleep/nightly", "--json");
  expect(JSON.parse(off.out)).toMatchObject({ name: "nightly", task: "test.sleep", active: false, taskVersion: "1" });
  expect((await box.cli("triggers", "get", "test.sleep/nightly")).out).toContain("state     inactive\n");
  expect((await box.cli("triggers", "activate", "test.sleep/nightly")).out).toContain("active\n");
});

test("a trigger that is not there, or no name of one", async () => {
  const missing = await box.cli("triggers", "activate", "test.sleep/hourly");
  expect(missing.code).toBe(4);
  expect(missing.err).toContain("flyte-webhook triggers list");
  expect(await box.cli("triggers", "get", "nightly")).toMatchObject({
    code: 2,
    err: expect.stringContaining("task_name/trigger_name"),
  });
});
