import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Spec_DesiredState as DesiredState } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { expect, test } from "vitest";
import type { Devbox } from "../devbox.ts";
import { eventStream } from "../testing/event-stream.ts";
import { answering } from "../testing/served-code.ts";
import { shellTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";
import { triggerClient } from "../testing/trigger-client.ts";
import { webhookAppSpec } from "../testing/webhook-app.ts";
import type { AppsState, RunsState, RunTreeState, TasksState, TriggersState } from "./live-state.ts";

const SCOPE = { project: "flytesnacks", domain: "development" };

const live = <State>(devbox: Devbox, view: string, params: Record<string, string> = {}) =>
  eventStream<State>(`${devbox.console}console/events?${new URLSearchParams({ view, ...SCOPE, ...params })}`);

test("runs are told as they change", async () => {
  const { devbox, client } = await temporaryDevbox();
  const stream = await live<RunsState>(devbox, "runs");
  expect(await stream.until(() => true)).toEqual({ runs: [] });

  await client.runSpec(shellTask("echo '<b>oh no</b>'; exit 3", { name: "test.fails" }), { name: "one" });
  const { runs } = await stream.until((state) => state.runs[0]?.phase === "failed");
  expect(runs).toEqual([
    {
      name: "one",
      ...client.scope,
      task: "test.fails",
      phase: "failed",
      createdMs: expect.any(Number),
      endedMs: expect.any(Number),
      message: expect.stringContaining("exit code 3; the end of its output:\n<b>oh no</b>"),
      trigger: "",
    },
  ]);
  expect(Math.abs(Date.now() - (runs[0]?.createdMs ?? 0))).toBeLessThan(60_000);

  const aborted = await client.runSpec(shellTask("sleep 60"), { name: "two" });
  await stream.until((state) => state.runs[0]?.phase === "running");
  await client.runs.abortRun({ runId: { ...client.scope, name: aborted }, reason: "enough" });
  const after = await stream.until((state) => state.runs[0]?.phase === "aborted");
  expect(after.runs.map(({ name, message }) => [name, message.split("\n")[0]])).toEqual([
    ["two", "enough"],
    ["one", expect.stringContaining("exit code 3")],
  ]);
  await devbox.close();
  await stream.ended;
});

test("a list of runs is filtered where it is read, and other projects' and domains' runs are not in it", async () => {
  const { devbox, client } = await temporaryDevbox();
  await client.runSpec(shellTask("true", { name: "test.good" }), { name: "good-one" });
  await client.runSpec(shellTask("exit 1", { name: "test.bad" }), { name: "bad-one" });
  const all = await live<RunsState>(devbox, "runs");
  await all.until(({ runs }) => runs.length === 2 && runs.every(({ endedMs }) => endedMs !== null));
  const names = async (params: Record<string, string>) =>
    (await (await live<RunsState>(devbox, "runs", params)).until(() => true)).runs.map(({ name }) => name);
  expect(await names({})).toEqual(["bad-one", "good-one"]);
  expect(await names({ phase: "failed,timed_out" })).toEqual(["bad-one"]);
  expect(await names({ task: "test.good" })).toEqual(["good-one"]);
  expect(await names({ q: "GOOD" })).toEqual(["good-one"]);
  expect(await names({ q: "-one", phase: "succeeded" })).toEqual(["good-one"]);
  expect(await names({ q: "%" })).toEqual([]);
  expect(await names({ domain: "staging" })).toEqual([]);
  expect(await names({ project: "none" })).toEqual([]);
});

test("a run is told with its actions, their attempts and what became of each", async () => {
  const { devbox, client } = await temporaryDevbox();
  const retries = { retries: { retries: 1 } };
  await client.runSpec(shellTask("echo trying; exit 4", { name: "test.flaky", metadata: retries }), { name: "flaky" });
  const stream = await live<RunTreeState>(devbox, "run", { run: "flaky" });
  const { run, actions, total } = await stream.until((state) => state.run?.phase === "failed");
  expect(run).toMatchObject({ name: "flaky", task: "test.flaky", version: "1", author: "" });
  expect(total).toBe(1);
  expect(actions).toMatchObject([{ name: "a0", parent: "", kind: "task", title: "flaky", phase: "failed", cache: "" }]);
  const [first, second] = actions[0]?.attempts ?? [];
  for (const attempt of [first, second]) {
    expect(attempt).toMatchObject({ phase: "failed", hasLog: true, message: expect.stringContaining("exit code 4") });
    expect(attempt?.runningMs).toBeGreaterThanOrEqual(attempt?.queuedMs ?? Number.NaN);
    expect(attempt?.endedMs).toBeGreaterThanOrEqual(attempt?.runningMs ?? Number.NaN);
  }
  expect(second?.runningMs).toBeGreaterThanOrEqual(first?.endedMs ?? Number.NaN);
  const none = await live<RunTreeState>(devbox, "run", { run: "none" });
  expect(await none.until(() => true)).toEqual({ run: null, actions: [], total: 0 });
});

test("tasks and triggers are told with when they fire next", async () => {
  const { devbox } = await temporaryDevbox();
  const client = triggerClient(devbox);
  const tasks = await live<TasksState>(devbox, "tasks");
  expect(await tasks.until(() => true)).toEqual({ tasks: [], total: 0 });
  await client.deployTask();
  await client.deploy("nightly", { cron: "0 3 * * *" });
  await client.deploy("off", { cron: "0 4 * * *", active: false });
  const told = await tasks.until(({ tasks: [task] }) => task?.triggers.length === 2);
  expect(told.tasks).toMatchObject([{ ...SCOPE, name: "test.sleep", version: "1", inputs: ["when"], outputs: [] }]);

  const triggers = await live<TriggersState>(devbox, "triggers");
  const [nightly, off] = (await triggers.until(() => true)).triggers;
  expect(nightly).toMatchObject({ name: "nightly", task: "test.sleep", active: true, lastMs: null });
  expect(nightly?.schedule).toMatch(/^0 3 \* \* \* \(UTC\)$/);
  const nextMs = nightly?.nextMs ?? 0;
  expect([new Date(nextMs).getUTCHours(), nextMs - Date.now() <= 86_400_000]).toEqual([3, true]);
  expect(off).toMatchObject({ name: "off", active: false, nextMs: null });
  await client.triggers.updateTriggers({ names: [client.nameOf("nightly")], active: false });
  await triggers.until((state) => state.triggers.every(({ active }) => !active));
});

test("apps are told as they change, webhooks with what they offer", async () => {
  const { devbox } = await temporaryDevbox();
  const apps = createClient(AppService, createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" }));
  const stream = await live<AppsState>(devbox, "apps");
  const id = { ...SCOPE, name: "shop" };
  const spec = {
    desiredState: DesiredState.ACTIVE,
    appPayload: { case: "container" as const, value: { image: "any", command: ["node", "-e", answering("here")] } },
  };
  await apps.create({ app: { metadata: { id }, spec } });
  const { apps: active } = await stream.until((state) => state.apps[0]?.status === "active");
  expect(active).toMatchObject([{ ...id, revision: 1, wanted: true, replicas: 1, image: "any", webhook: null }]);
  expect(active[0]?.url).toMatch(/^http:\/\/127.0.0.1:\d+$/);
  await apps.update({ app: { metadata: { id }, spec: { desiredState: DesiredState.STOPPED } } });
  await stream.until(({ apps: [app] }) => app?.status === "stopped" && app.url === "" && !app.wanted);
  await apps.delete({ appId: id });
  await stream.until((state) => state === stream.events.at(-1) && state.apps.length === 0);

  const stopped = { ...webhookAppSpec(), desiredState: DesiredState.STOPPED };
  await apps.create({ app: { metadata: { id: { ...SCOPE, name: "hook" } }, spec: stopped } });
  const {
    apps: [hook],
  } = await stream.until(({ apps: [app] }) => app?.name === "hook");
  expect(hook?.command.at(-1)).toBe("--spec");
  expect(hook?.webhook).toMatchObject({
    title: "Webhook",
    endpoints: [
      { id: "health", method: "GET", path: "/health", open: true },
      { id: "me", method: "GET", path: "/me", open: false },
    ],
    allowed: { tasks: null, apps: null, triggers: null },
  });
});
