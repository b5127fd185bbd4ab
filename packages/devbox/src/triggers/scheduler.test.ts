import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { RunSource } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { describe, expect, test, vi } from "vitest";
import { startDevbox } from "../devbox.ts";
import { type NewerRunSpec, newer } from "../newer-fields.ts";
import { killableDevbox } from "../testing/killable-devbox.ts";
import { temporaryDevbox, temporaryDirectory } from "../testing/temporary-devbox.ts";
import { triggerClient } from "../testing/trigger-client.ts";
import type { MissedFirings } from "./scheduler.ts";

describe("a trigger that is active", () => {
  test("fires each time of its schedule once, and stops when it is switched off", async () => {
    const { devbox } = await temporaryDevbox();
    const client = triggerClient(devbox);
    await client.deployTask();
    await client.deploy("tick", { cron: "@every 1s", kickoff: "when" });
    const { runs } = await vi.waitFor(
      async () => {
        const runs = await client.runsOf("tick");
        expect(runs.length).toBeGreaterThanOrEqual(3);
        return { runs };
      },
      { timeout: 8000, interval: 100 },
    );
    await client.triggers.updateTriggers({ names: [client.nameOf("tick")], active: false });
    const times = await Promise.all(
      runs.map(async ({ action }) => {
        const run = action?.id?.run?.name ?? "";
        expect(action?.metadata).toMatchObject({ triggerName: "tick", source: RunSource.SCHEDULE_TRIGGER });
        expect((await client.end(run)).phase).toBe("SUCCEEDED");
        const { inputs } = await client.data.getActionData({
          actionId: { run: { ...client.scope, name: run }, name: "a0" },
        });
        const literal = inputs?.literals.find(({ name }) => name === "when")?.value?.value;
        const primitive = literal?.case === "scalar" ? literal.value.value : undefined;
        const value = primitive?.case === "primitive" ? primitive.value.value : undefined;
        return value?.case === "datetime" ? timestampMs(value.value) : 0;
      }),
    );
    expect(times.every((time) => time % 1000 === 0)).toBe(true);
    expect(new Set(times).size).toBe(times.length);

    const count = (await client.runsOf("tick")).length;
    await sleep(1500);
    expect((await client.runsOf("tick")).length).toBe(count);
    const { trigger } = await client.triggers.getTriggerDetails({ name: client.nameOf("tick") });
    expect(trigger?.status?.triggeredAt).toBeDefined();
  });

  test("that is deployed again keeps its place, and one that is deleted is silent", async () => {
    const { devbox, dir } = await temporaryDevbox();
    const client = triggerClient(devbox);
    await client.deployTask();
    const nextAt = () => {
      const db = new DatabaseSync(join(dir, "devbox.db"), { readOnly: true });
      const { next_at } = db.prepare("SELECT next_at FROM triggers").get() as { next_at: number | null };
      db.close();
      return next_at;
    };
    await client.deploy("t", { cron: "@every 1h" });
    const first = nextAt();
    await sleep(1100);
    await client.deploy("t", { cron: "@every 1h" });
    expect(nextAt()).toBe(first);
    await client.triggers.deleteTriggers({ names: [client.nameOf("t")] });
    expect(nextAt()).toBeNull();
  });
});

describe("what was missed", () => {
  test.each([
    ["latest", 1],
    ["all", 6],
    ["none", 0],
  ] as [MissedFirings, number][])("%s: %i of 6 firings are made up for", async (missedFirings, made) => {
    const dir = temporaryDirectory();
    const before = await startDevbox({ dir, port: 0 });
    const client = triggerClient(before);
    await client.deployTask();
    await client.deploy("hourly", { cron: "@every 1h" });
    await before.close();
    const db = new DatabaseSync(join(dir, "devbox.db"));
    const late = Date.now() * 1000 - 5.5 * 3.6e9;
    db.prepare("UPDATE triggers SET next_at = ?").run(Math.floor(late / 1e6) * 1e6);
    db.close();

    const { devbox } = await temporaryDevbox({ dir, missedFirings });
    const again = triggerClient(devbox);
    await sleep(500);
    expect((await again.runsOf("hourly")).length).toBe(made);
  });
});

test("kill -9 at any moment fires nothing twice and loses no more than the schedule does", {
  timeout: 60_000,
}, async () => {
  const dir = temporaryDirectory();
  const start = async () => {
    const devbox = await killableDevbox(dir);
    return { client: triggerClient(devbox), kill: devbox.kill };
  };
  const first = await start();
  await first.client.deployTask();
  await first.client.deploy("tick", { cron: "@every 1s" });
  await sleep(2100);
  await first.kill();
  const second = await start();
  await sleep(1000 + Math.random() * 500);
  await second.kill();
  const last = await start();
  const runs = await last.client.runsOf("tick");
  const starts = await Promise.all(
    runs.map(async ({ action }) => {
      const runId = { ...last.client.scope, name: action?.id?.run?.name ?? "" };
      expect((await last.client.end(runId.name)).phase).toBe("SUCCEEDED");
      const { details } = await last.client.runs.getRunDetails({ runId });
      return details?.runSpec && newer<NewerRunSpec>(details.runSpec).runStartTime?.seconds;
    }),
  );
  expect(new Set(starts).size).toBe(starts.length);
  expect(starts.length).toBeGreaterThanOrEqual(3);
});
