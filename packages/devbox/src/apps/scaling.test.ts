import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { SpecSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { describe, expect, test, vi } from "vitest";
import { appProcesses } from "../testing/process-tree.ts";
import { answering, handling } from "../testing/served-code.ts";
import { temporaryApps } from "../testing/temporary-apps.ts";
import { freePort } from "./free-port.ts";
import type { RunningApp } from "./running-app.ts";
import { readScaling } from "./scaling.ts";
import { SUBSTATE } from "./substate.ts";

const substate = (app: RunningApp) => {
  const number = app.status.conditions.at(-1)?.$unknown?.[0]?.data[0];
  return Object.entries(SUBSTATE).find(([, value]) => value === number)?.[0];
};
const textOf = async (url: string) => (await fetch(url)).text();
/** Answers with its process id after the milliseconds in the path. */
const SLOW = handling(`setTimeout(() => response.end(String(process.pid)), Number(request.url.slice(1)))`);
const concurrency = (targetValue: number) => ({ case: "concurrency", value: { targetValue } }) as const;

test("a spec that says nothing has Knative's defaults, within what a laptop has room for", () => {
  const read = (spec: Parameters<typeof create<typeof SpecSchema>>[1]) => readScaling(create(SpecSchema, spec));
  const none = { min: 0, max: 10, metric: "concurrency", target: 100, windowMs: 60_000 };
  expect(read({})).toEqual(none);
  expect(read({ autoscaling: { replicas: { min: 40, max: 50 } } })).toMatchObject({ min: 10, max: 10 });
  const rate = { metric: { case: "requestRate", value: { targetValue: 7 } } } as const;
  const period = { seconds: 6n, nanos: 0 };
  expect(read({ autoscaling: { replicas: { min: 1, max: 3 }, scalingMetric: rate, scaledownPeriod: period } })).toEqual(
    { min: 1, max: 3, metric: "requestRate", target: 7, windowMs: 6000 },
  );
});

describe("scaled to zero", () => {
  test("after the period without a request; the next one is held until a process is there", async () => {
    const { deploy, until, dir } = temporaryApps();
    const app = await deploy({ code: answering("here"), replicas: { min: 0, max: 1 }, scaledownMs: 300 });
    await until(app, "ACTIVE");
    await vi.waitFor(() => expect(appProcesses(dir)).toEqual([]), { timeout: 5000 });
    expect(app.status).toMatchObject({ currentReplicas: 0, ingress: { publicUrl: app.publicUrl } });
    expect(substate(app)).toBe("scaledToZero");
    await until(app, "ACTIVE");
    const answers = Promise.all(Array.from({ length: 5 }, () => fetch(app.publicUrl).then((one) => one.text())));
    await vi.waitFor(() => expect(substate(app)).toBe("scalingFromZero"), { interval: 1 });
    expect(await answers).toEqual(Array(5).fill("here"));
    expect(appProcesses(dir)).toHaveLength(1);
    expect([app.status.currentReplicas, substate(app)]).toEqual([1, undefined]);
  });

  test("never while a request is under way, however long it takes", async () => {
    const { deploy, until } = temporaryApps();
    const app = await deploy({ code: SLOW, replicas: { min: 0, max: 1 }, scaledownMs: 100 });
    await until(app, "ACTIVE");
    expect(await textOf(`${app.publicUrl}/700`)).toMatch(/^\d+$/);
  });

  test("a held request of a caller that leaves asks for nothing any more", async () => {
    const { deploy, until, dir } = temporaryApps();
    const code = `setTimeout(() => { ${answering("late")} }, require("node:fs").existsSync("x") ? 60_000 : 0);
      require("node:fs").writeFileSync("x", "");`;
    const app = await deploy({ code, replicas: { min: 0, max: 1 }, scaledownMs: 200 });
    await until(app, "ACTIVE");
    await vi.waitFor(() => expect(substate(app)).toBe("scaledToZero"), { timeout: 5000 });
    await expect(fetch(app.publicUrl, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
    await vi.waitFor(() => expect(appProcesses(dir)).toEqual([]), { timeout: 5000 });
    expect(substate(app)).toBe("scaledToZero");
  });

  test("a change of the least number starts it again without another revision", async () => {
    const { deploy, until, dir } = temporaryApps();
    const app = await deploy({ code: answering("here"), replicas: { min: 0, max: 1 }, scaledownMs: 200 });
    await until(app, "ACTIVE");
    await vi.waitFor(() => expect(appProcesses(dir)).toEqual([]), { timeout: 5000 });
    await deploy({ code: answering("here"), replicas: { min: 2, max: 2 }, scaledownMs: 200 });
    await vi.waitFor(() => expect(app.status.currentReplicas).toBe(2), { timeout: 10_000 });
    expect(substate(app)).toBeUndefined();
  });
});

describe("more than one process", () => {
  test("as many as the requests at a time need, fewer after the period, none of them cut", async () => {
    const { deploy, until, dir } = temporaryApps();
    const app = await deploy({ code: SLOW, replicas: { min: 1, max: 3 }, metric: concurrency(2), scaledownMs: 400 });
    await until(app, "ACTIVE");
    const busy = Array.from({ length: 6 }, () => textOf(`${app.publicUrl}/2500`));
    await vi.waitFor(() => expect(app.status.currentReplicas).toBe(3), { timeout: 10_000 });
    // Those that are free get what comes now.
    const pids = await Promise.all(Array.from({ length: 4 }, () => textOf(`${app.publicUrl}/300`)));
    expect(new Set(pids).size).toBe(2);
    expect((await Promise.all(busy)).every((pid) => !pids.includes(pid))).toBe(true);
    await vi.waitFor(() => expect(appProcesses(dir)).toHaveLength(1), { timeout: 10_000 });
    expect(app.status.currentReplicas).toBe(1);
  });

  test("each has a directory of its own", async () => {
    const { deploy, until } = temporaryApps();
    // A request goes to whoever has the fewest, so that all three are asked only by some that overlap.
    const code = handling(`setTimeout(() => response.end(process.cwd()), 300)`);
    const app = await deploy({ code, replicas: { min: 3, max: 3 } });
    await until(app, "ACTIVE");
    await vi.waitFor(() => expect(app.status.currentReplicas).toBe(3), { timeout: 10_000 });
    const dirs = new Set<string>();
    const askNine = () => Promise.all(Array.from({ length: 9 }, async () => dirs.add(await textOf(app.publicUrl))));
    await vi.waitFor(() => askNine().then(() => expect(dirs.size).toBe(3)), { timeout: 10_000 });
  });

  test("one that crashes is started again while the others serve", async () => {
    const { deploy, until, dir } = temporaryApps();
    const code = handling(`if (request.url === "/die") process.exit(1); response.end("here");`);
    const app = await deploy({ code, replicas: { min: 2, max: 2 } });
    await until(app, "ACTIVE");
    await vi.waitFor(() => expect(app.status.currentReplicas).toBe(2));
    await fetch(`${app.publicUrl}/die`);
    await vi.waitFor(() => expect(app.status.currentReplicas).toBe(1), { interval: 1 });
    for (let round = 0; round < 20; round++) expect(await textOf(app.publicUrl)).toBe("here");
    await vi.waitFor(() => expect(app.status.currentReplicas).toBe(2), { timeout: 10_000 });
    expect(appProcesses(dir)).toHaveLength(2);
  });

  test("an app that ignores PORT has one, for a second one cannot have its port", async () => {
    const { deploy, until, dir } = temporaryApps();
    const port = await freePort();
    const code = answering("here").replace("process.env.PORT", String(port));
    const app = await deploy({ code, port, replicas: { min: 3, max: 3 } });
    await until(app, "ACTIVE");
    await sleep(300);
    expect(appProcesses(dir)).toHaveLength(1);
    expect([app.status.currentReplicas, substate(app)]).toEqual([1, undefined]);
  });

  test("all are replaced under load without one refused request", async () => {
    const { deploy, until, dir } = temporaryApps();
    const scaling = { replicas: { min: 1, max: 3 }, metric: concurrency(2), scaledownMs: 500 };
    const app = await deploy({ code: answering("v1"), ...scaling });
    await until(app, "ACTIVE");
    const seen: Record<string, number> = {};
    let going = true;
    const callers = Array.from({ length: 6 }, async () => {
      while (going) {
        const answer = await fetch(app.publicUrl).then(
          async (one) => `${one.status} ${await one.text()}`,
          (error) => String(error.cause ?? error),
        );
        seen[answer] = (seen[answer] ?? 0) + 1;
      }
    });
    await vi.waitFor(() => expect(app.status.currentReplicas).toBe(3), { timeout: 10_000 });
    await deploy({ code: answering("v2"), ...scaling });
    await vi.waitFor(() => expect(seen).toHaveProperty("200 v2"), { timeout: 15_000 });
    await sleep(200);
    going = false;
    await Promise.all(callers);
    expect(Object.keys(seen).sort()).toEqual(["200 v1", "200 v2"]);
    await vi.waitFor(() => expect(appProcesses(dir)).toHaveLength(1), { timeout: 10_000 });
  });
});
