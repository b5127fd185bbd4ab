import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ActionsService, type WatchForUpdatesResponse } from "@flyte-webhook/idl/flyteidl2/actions/actions_service";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { CatalogCacheStatus } from "@flyte-webhook/idl/flyteidl2/core/catalog";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { ActionType, ConditionActionSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { describe, expect, test, vi } from "vitest";
import type { DevboxOptions } from "../devbox.ts";
import { TERMINAL } from "../store/actions.ts";
import { shellTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

type TaskSpec = ReturnType<typeof shellTask>;
type Update = Extract<WatchForUpdatesResponse["message"], { case: "actionUpdate" }>["value"];

/** A run whose root action goes on until its file `end` is made, and what it may call. */
async function family(options: Partial<DevboxOptions> = {}, runSpec = {}) {
  const { devbox, client, dir } = await temporaryDevbox(options);
  const actions = createClient(
    ActionsService,
    createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" }),
  );
  const end = join(dir, "end");
  const root = shellTask(`until [ -e ${end} ]; do sleep 0.05; done`);
  const run = await client.runSpec(root, { runSpec });
  const idOf = (name: string, of = run) => ({ run: { ...client.scope, name: of }, name });
  const common = (name: string, parent: string) => ({
    actionId: idOf(name),
    parentActionName: parent,
    inputUri: `file://${dir}/runs/${client.scope.project}/${client.scope.domain}/${run}/${name}/inputs.pb`,
  });
  const detailsOf = async (name: string) => {
    const { details } = await client.runs.getActionDetails({ actionId: idOf(name) });
    if (!details) throw new Error("no details");
    return details;
  };
  return {
    client,
    dir,
    run,
    actions,
    idOf,
    end: () => writeFileSync(end, ""),
    task: (name: string, spec: TaskSpec, { parent = "a0", cacheKey = "" } = {}) =>
      actions.enqueue({
        action: { ...common(name, parent), spec: { case: "task", value: { spec, ...(cacheKey && { cacheKey }) } } },
      }),
    trace: (name: string, phase: ActionPhase) =>
      actions.enqueue({ action: { ...common(name, "a0"), spec: { case: "trace", value: { name: "helper", phase } } } }),
    condition: (name: string, seconds = 0n) =>
      actions.enqueue({
        action: {
          ...common(name, "a0"),
          spec: {
            case: "condition",
            value: create(ConditionActionSchema, {
              name: "approve",
              type: { type: { case: "simple", value: SimpleType.INTEGER } },
              ...(seconds > 0n && { timeout: { seconds } }),
            }),
          },
        },
      }),
    signal: async (name: string, payload: object) => {
      const answer = await fetch(`${devbox.endpoint}/flyteidl2.workflow.RunService/SignalEvent`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ actionId: idOf(name), parentActionName: "a0", payload }),
      });
      return ((await answer.json()) as { code?: string }).code ?? "ok";
    },
    detailsOf,
    phase: (name: string, phase: ActionPhase) =>
      vi.waitFor(async () => expect((await detailsOf(name)).status?.phase).toBe(phase), { timeout: 10_000 }),
    /** What a parent is told, until the action has ended. */
    update: async (name: string, parent = "a0"): Promise<Update> => {
      const filter = { case: "parentActionId", value: idOf(parent) } as const;
      for await (const { message } of actions.watchForUpdates({ filter })) {
        if (message.case !== "actionUpdate" || message.value.actionId?.name !== name) continue;
        if (TERMINAL.has(message.value.phase)) return message.value;
      }
      throw new Error("the watch ended");
    },
  };
}

describe("actions below a root", () => {
  test("a watch tells the state of each, a sentinel, and each change", async () => {
    const { actions, idOf, task } = await family();
    const seen: string[] = [];
    const filter = { case: "parentActionId", value: idOf("a0") } as const;
    await task("first", shellTask("exit 0"));
    for await (const { message } of actions.watchForUpdates({ filter })) {
      if (message.case === "controlMessage") {
        seen.push("sentinel");
        await task("second", shellTask("exit 0"));
      } else if (message.case === "actionUpdate") {
        seen.push(message.value.actionId?.name ?? "");
        if (message.value.actionId?.name === "second" && message.value.phase === ActionPhase.SUCCEEDED) break;
      }
    }
    expect(seen[0]).toBe("first");
    expect(seen.indexOf("sentinel")).toBe(1);
    expect(seen).toContain("second");
  });

  test("the parent is told where the outputs are, or what went wrong; the same name again changes nothing", async () => {
    const { dir, run, task, update } = await family();
    await task("good", shellTask('echo > "$prefix/outputs.pb"; : > "$prefix/outputs.pb"'));
    const base = `file://${dir}/runs/flytesnacks/development/${run}`;
    expect(await update("good")).toMatchObject({ phase: ActionPhase.SUCCEEDED, outputUri: `${base}/good/1` });
    await task("bad", shellTask("echo no such thing; exit 3"));
    expect(await update("bad")).toMatchObject({
      phase: ActionPhase.FAILED,
      error: { message: expect.stringContaining("no such thing") },
    });
    await task("bad", shellTask("exit 0"));
    expect(await update("bad")).toMatchObject({ phase: ActionPhase.FAILED });
  });

  test("lists tell the parent; filters find the children of one", async () => {
    const { client, run, task, update } = await family();
    await task("child", shellTask("exit 0", { name: "test.child" }));
    await update("child");
    const runId = { ...client.scope, name: run };
    const filters = [{ field: "parent_name", values: ["a0"] }];
    const { actions } = await client.runs.listActions({ runId, request: { filters } });
    expect(actions).toMatchObject([{ id: { name: "child" }, metadata: { parent: "a0", funtionName: "test.child" } }]);
    const runs = await client.runs.listRuns({ scopeBy: { case: "org", value: "" } });
    expect(runs.runs).toHaveLength(1);
  });

  test.each([
    ["an unknown parent", { name: "x", parent: "nobody" }, "[not_found]"],
    ["a name that leads elsewhere", { name: "../x", parent: "a0" }, "[invalid_argument]"],
    ["the directory of the run's inputs", { name: "inputs", parent: "a0" }, "[invalid_argument]"],
    ["the root's own name", { name: "a0", parent: "a0" }, "[invalid_argument]"],
  ])("%s is refused", async (_, { name, parent }, message) => {
    const { task } = await family();
    await expect(task(name, shellTask("exit 0"), { parent })).rejects.toThrow(message);
  });

  test("a parent that has ended calls nothing any more", async () => {
    const { client, run, end, task } = await family();
    end();
    await client.end(run);
    await expect(task("late", shellTask("exit 0"))).rejects.toThrow("[aborted]");
  });
});

describe("who waits and who runs", () => {
  test("a parent gives up its place to what it called", async () => {
    const { task, update } = await family({ maxTasks: 1 });
    await task("child", shellTask("exit 0"));
    expect(await update("child")).toMatchObject({ phase: ActionPhase.SUCCEEDED });
  });

  test("a run has at most as many actions running as it wants", async () => {
    const { dir, task, phase, detailsOf } = await family({}, { maxActionConcurrency: 1 });
    const wait = shellTask(`until [ -e ${join(dir, "go")} ]; do sleep 0.05; done`);
    await task("one", wait);
    await task("two", wait);
    await phase("one", ActionPhase.RUNNING);
    await sleep(200);
    expect((await detailsOf("two")).status?.phase).toBe(ActionPhase.QUEUED);
    writeFileSync(join(dir, "go"), "");
    await phase("two", ActionPhase.SUCCEEDED);
  });

  test("of those that may be computed by one at a time, the others take its result", async () => {
    const { task, update, detailsOf } = await family();
    const metadata = { discoverable: true, discoveryVersion: "1", cacheSerializable: true };
    const slow = shellTask('sleep 0.5; : > "$prefix/outputs.pb"', { metadata });
    await Promise.all(["one", "two", "three"].map((name) => task(name, slow, { cacheKey: "same" })));
    await Promise.all(["one", "two", "three"].map((name) => update(name)));
    const cached = await Promise.all(
      ["one", "two", "three"].map(async (n) => (await detailsOf(n)).status?.cacheStatus),
    );
    expect(cached.sort()).toEqual([
      CatalogCacheStatus.CACHE_HIT,
      CatalogCacheStatus.CACHE_HIT,
      CatalogCacheStatus.CACHE_POPULATED,
    ]);
  });
});

describe("what ends with what", () => {
  test("aborting a run aborts all below it, and ends their processes", async () => {
    const { client, dir, run, task, phase, detailsOf } = await family();
    await task("child", shellTask(`echo $$ > ${join(dir, "pid")}; exec sleep 60`));
    await task("grandchild", shellTask("exec sleep 60"), { parent: "child" });
    await phase("grandchild", ActionPhase.RUNNING);
    await client.runs.abortRun({ runId: { ...client.scope, name: run }, reason: "enough" });
    for (const name of ["a0", "child", "grandchild"]) {
      expect((await detailsOf(name)).result).toMatchObject({ case: "abortInfo", value: { reason: "enough" } });
      const attempts = async () => (await detailsOf(name)).attempts;
      // A busy machine takes its time to end three processes.
      await expect.poll(attempts, { timeout: 10_000 }).toMatchObject([{ phase: ActionPhase.ABORTED }]);
    }
    expect(existsSync(join(dir, "pid"))).toBe(true);
  });

  test("aborting one action leaves its parent and siblings", async () => {
    const { actions, idOf, task, phase, detailsOf } = await family();
    await task("one", shellTask("exec sleep 60"));
    await task("two", shellTask("exec sleep 60"));
    await actions.abort({ actionId: idOf("one") });
    await phase("one", ActionPhase.ABORTED);
    await phase("two", ActionPhase.RUNNING);
    expect((await detailsOf("a0")).status?.phase).toBe(ActionPhase.RUNNING);
    await expect(actions.abort({ actionId: idOf("nobody") })).rejects.toThrow("[not_found]");
  });

  test("what a parent leaves running when it ends is aborted", async () => {
    const { end, task, phase } = await family();
    await task("left", shellTask("exec sleep 60"));
    await phase("left", ActionPhase.RUNNING);
    end();
    await phase("a0", ActionPhase.SUCCEEDED);
    await phase("left", ActionPhase.ABORTED);
  });
});

test("a trace is over when it comes; one that failed is replaced", async () => {
  const { trace, detailsOf, update } = await family();
  await trace("t", ActionPhase.FAILED);
  expect(await update("t")).toMatchObject({ phase: ActionPhase.FAILED, error: { message: expect.any(String) } });
  await trace("t", ActionPhase.SUCCEEDED);
  expect(await update("t")).toMatchObject({ phase: ActionPhase.SUCCEEDED });
  await trace("t", ActionPhase.FAILED);
  expect(await detailsOf("t")).toMatchObject({
    status: { phase: ActionPhase.SUCCEEDED },
    metadata: { actionType: ActionType.TRACE, funtionName: "helper", parent: "a0" },
    spec: { case: "trace" },
  });
  await expect(trace("u", ActionPhase.RUNNING)).rejects.toThrow("[invalid_argument]");
});

describe("a condition", () => {
  test("waits for its signal, which comes once and is of its type", async () => {
    const { client, condition, run, signal, update, detailsOf } = await family();
    await condition("c");
    expect((await detailsOf("c")).status?.phase).toBe(ActionPhase.PAUSED);
    const filters = [{ field: "action_type", values: [String(ActionType.CONDITION)] }];
    const listed = await client.runs.listActions({ runId: { ...client.scope, name: run }, request: { filters } });
    expect(listed.actions).toMatchObject([{ metadata: { spec: { case: "condition", value: { name: "approve" } } } }]);
    expect(await signal("c", { stringValue: "yes" })).toBe("invalid_argument");
    expect(await signal("c", { intValue: "7" })).toBe("ok");
    const told = await update("c");
    expect(told.value?.value).toMatchObject({ case: "scalar", value: { value: { value: { value: { value: 7n } } } } });
    expect(await signal("c", { intValue: "8" })).toBe("failed_precondition");
    expect(await signal("nobody", { intValue: "8" })).toBe("not_found");
  });

  test("that nobody signals times out", async () => {
    const { condition, update } = await family();
    await condition("c", 1n);
    expect(await update("c")).toMatchObject({ phase: ActionPhase.TIMED_OUT, error: { code: "DEADLINE_EXCEEDED" } });
  });
});
