import { clone, create } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { createControlPlane } from "@flyte-webhook/client";
import {
  type App as AppMessage,
  AppSchema,
  Spec_DesiredState as DesiredState,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { EnrichedIdentitySchema } from "@flyte-webhook/idl/flyteidl2/common/identity";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { TriggerService } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_service";
import { describe, expect, test } from "vitest";
import { deploy } from "../deploy/deploy.ts";
import { AppEnvironment } from "../environment/app-environment.ts";
import {
  FlyteWebhookAppEnvironment,
  type FlyteWebhookAppEnvironmentOptions,
} from "../environment/flyte-webhook-app-environment.ts";
import { plan } from "./plan.ts";
import { renderPlan } from "./render-plan.ts";

const SCOPE = { org: "acme", project: "flytesnacks", domain: "development" };
const TASKS = ["etl.load", "etl.save", "train.fit"].flatMap((name) =>
  ["development", "production"].map((domain) => ({ ...SCOPE, domain, name, version: "v1" })),
);

interface World {
  /** Apps that are there, by name. */
  readonly apps?: readonly AppMessage[];
  readonly tasks?: readonly { name: string; project: string; domain: string; org: string; version: string }[];
  readonly refuseTriggers?: Code;
}

/** A control plane that remembers what it is sent, and in what order. */
function world({ apps = [], tasks = TASKS, refuseTriggers }: World = {}) {
  const calls: string[] = [];
  const kept = new Map(apps.map((app) => [app.metadata?.id?.name ?? "", app]));
  const transport = createRouterTransport(({ service }) => {
    service(AppService, {
      create({ app }) {
        calls.push("create");
        const name = app?.metadata?.id?.name ?? "";
        if (kept.has(name)) throw new ConnectError("it is there", Code.AlreadyExists);
        if (app) kept.set(name, clone(AppSchema, app));
        return app ? { app } : {};
      },
      get({ identifier }) {
        calls.push("get");
        const app = identifier.case === "appId" ? kept.get(identifier.value.name) : undefined;
        if (!app) throw new ConnectError("no such app", Code.NotFound);
        return { app };
      },
      list() {
        calls.push("list apps");
        const named = ["my-webhook", "model", "admin"].map((name) => ({ metadata: { id: { ...SCOPE, name } } }));
        return { apps: named };
      },
    });
    service(TaskService, {
      listTasks({ request }) {
        calls.push("list tasks");
        // Two versions of each, on pages of four.
        const all = [...tasks, ...tasks].map((taskId) => ({ taskId }));
        const from = Number(request?.token || 0);
        return { tasks: all.slice(from, from + 4), token: from + 4 < all.length ? String(from + 4) : "" };
      },
    });
    service(TriggerService, {
      listTriggers() {
        calls.push("list triggers");
        if (refuseTriggers !== undefined) throw new ConnectError("no triggers here", refuseTriggers);
        return { triggers: [{ id: { name: { ...SCOPE, name: "nightly", taskName: "etl.load" } } }] };
      },
    });
  });
  return { controlPlane: createControlPlane({ endpoint: "http://plane.test", ...SCOPE, transport }), calls, kept };
}

const webhook = (options: Partial<FlyteWebhookAppEnvironmentOptions> = {}) =>
  new FlyteWebhookAppEnvironment({
    name: "my-webhook",
    endpointGroups: ["core", "task"],
    taskAllowlist: ["production/flytesnacks/etl.load"],
    ...options,
  } as FlyteWebhookAppEnvironmentOptions);

/** A world in which a declaration was deployed already. */
async function deployed(environment: AppEnvironment, change: (app: AppMessage) => void = () => {}, more: World = {}) {
  const first = world();
  await deploy(environment, { controlPlane: first.controlPlane });
  const apps = [...first.kept.values()].map((app) => clone(AppSchema, app));
  for (const app of apps) change(app);
  return world({ apps, ...more });
}

const reachOf = (planned: Awaited<ReturnType<typeof plan>>, kind: string, action: string) =>
  planned.apps.at(-1)?.exposure?.reach.find((one) => one.kind === kind && one.action === action);

describe("plan", () => {
  test("of a new webhook tells all that becomes reachable, and writes nothing", async () => {
    const { controlPlane, calls, kept } = world();
    const planned = await plan(webhook(), { controlPlane });
    expect(planned).toMatchObject({ changes: true, exposes: true });
    expect(planned.apps).toMatchObject([{ name: "my-webhook", change: "create", fields: [] }]);
    expect(planned.apps[0]?.exposure?.endpoints.gained).toEqual(["health", "me", "run_task", "get_task"]);
    expect(reachOf(planned, "task", "run")).toEqual({
      kind: "task",
      action: "run",
      gained: ["production/flytesnacks/etl.load"],
      lost: [],
      total: 1,
    });
    expect([reachOf(planned, "app", "call")?.total, reachOf(planned, "trigger", "switch")?.total]).toEqual([0, 0]);
    expect(new Set(calls)).toEqual(new Set(["get", "list tasks", "list apps", "list triggers"]));
    expect(kept.size).toBe(0);
  });

  test("of what is there already has nothing to tell, whatever the platform filled in", async () => {
    const { controlPlane } = await deployed(webhook(), (app) => {
      if (!app.spec) return;
      app.spec.creator = create(EnrichedIdentitySchema);
      if (app.spec.ingress) app.spec.ingress.subdomain = "given";
    });
    const planned = await plan(webhook(), { controlPlane });
    expect(planned).toMatchObject({ changes: false, exposes: false, apps: [{ change: "none", fields: [] }] });
    expect(renderPlan(planned)).toBe(
      "  development/flytesnacks/my-webhook is as declared\n  nothing becomes reachable, or stops being so",
    );
  });

  test("tells a change field by field, and what the lists reach now", async () => {
    const { controlPlane } = await deployed(webhook({ envVars: { A: "1", B: "2" }, scaling: { replicas: 1 } }));
    const planned = await plan(
      webhook({
        envVars: { A: "1", B: "3" },
        scaling: { replicas: [1, 3] },
        resources: { cpu: 2 },
        taskAllowlist: ["etl.save", "etl.load"],
        requiresAuth: false,
      }),
      { controlPlane },
    );
    expect(planned.apps[0]?.fields).toEqual([
      { path: "autoscaling.replicas.max", before: 1, after: 3 },
      { path: "container.env.B", before: "2", after: "3" },
      { path: "container.resources.requests.CPU", before: undefined, after: "2" },
      { path: "securityContext.allowAnonymous", before: undefined, after: true },
      { path: "webhook.requiresAuth", before: true, after: false },
      {
        path: "webhook.taskAllowlist",
        before: ["production/flytesnacks/etl.load"],
        after: ["etl.save", "etl.load"],
      },
    ]);
    expect(planned.apps[0]?.exposure).toMatchObject({
      endpoints: { gained: [], lost: [] },
      requiresAuth: { before: true, after: false },
      grows: true,
    });
    expect(reachOf(planned, "task", "run")).toMatchObject({
      gained: [
        "development/flytesnacks/etl.load",
        "development/flytesnacks/etl.save",
        "production/flytesnacks/etl.save",
      ],
      lost: [],
      total: 4,
    });
    expect(renderPlan(planned)).toBe(`~ development/flytesnacks/my-webhook would be updated
    autoscaling.replicas.max: 1 → 3
    container.env.B: 2 → 3
    container.resources.requests.CPU: (not set) → 2
    securityContext.allowAnonymous: (not set) → true
    webhook.requiresAuth: true → false
    webhook.taskAllowlist
      - production/flytesnacks/etl.load
      + etl.save
      + etl.load
  requiresAuth true → false (!)
  + 3 tasks newly runnable
      development/flytesnacks/ etl.load, etl.save
      production/flytesnacks/ etl.save
  + 3 tasks newly readable
      development/flytesnacks/ etl.load, etl.save
      production/flytesnacks/ etl.save`);
    expect(renderPlan(planned, { color: true })).toContain("\u001b[31mrequiresAuth true → false (!)\u001b[39m");
  });

  test("counts a wider list for exposure, though nothing of today answers to it", async () => {
    const { controlPlane } = await deployed(webhook({ taskAllowlist: ["etl.*", "production/*/report"] }));
    const openings = async (taskAllowlist: string[] | undefined) => {
      const planned = await plan(webhook({ taskAllowlist }), { controlPlane });
      return [planned.exposes, planned.apps[0]?.exposure?.openings, renderPlan(planned).split("\n").at(-1)];
    };
    expect(await openings(undefined)).toEqual([
      true,
      [{ kind: "task", entries: undefined }],
      "  + all tasks, also those that are deployed later",
    ]);
    expect(await openings(["etl.*", "ml.*"])).toEqual([
      true,
      [{ kind: "task", entries: ["ml.*"] }],
      "  + tasks: what is deployed later as ml.*",
    ]);
    // What the list of before covers is nothing new; what it leaves open is.
    const covered = ["etl.later.*", "production/any/report", "production/flytesnacks/etl.x"];
    expect((await openings(covered)).slice(0, 2)).toEqual([false, []]);
    expect((await openings(["report"])).slice(0, 2)).toEqual([true, [{ kind: "task", entries: ["report"] }]]);
  });

  test("of a narrower webhook changes something and exposes nothing", async () => {
    const { controlPlane } = await deployed(webhook({ endpointGroups: ["core", "task", "app"] }));
    const planned = await plan(webhook({ taskAllowlist: [] }), { controlPlane });
    expect(planned).toMatchObject({ changes: true, exposes: false });
    expect(reachOf(planned, "task", "run")?.lost).toEqual(["production/flytesnacks/etl.load"]);
    // The webhook itself is none of the apps it deals with.
    expect(reachOf(planned, "app", "call")?.lost).toEqual([
      "development/flytesnacks/admin",
      "development/flytesnacks/model",
    ]);
  });

  test("counts what a stopped webhook, or another program of the name, exposed for nothing", async () => {
    const stopped = await deployed(webhook(), (app) => {
      if (app.spec) app.spec.desiredState = DesiredState.STOPPED;
    });
    const restarted = await plan(webhook(), { controlPlane: stopped.controlPlane });
    expect(restarted).toMatchObject({ changes: true, exposes: true, apps: [{ exposure: { replaces: false } }] });
    expect(restarted.apps[0]?.fields).toEqual([
      { path: "desiredState", before: "DESIRED_STATE_STOPPED", after: "DESIRED_STATE_ACTIVE" },
    ]);
    const other = await deployed(new AppEnvironment({ name: "my-webhook", image: "python:3", command: ["fserve"] }));
    const replaced = await plan(webhook(), { controlPlane: other.controlPlane });
    expect(replaced.apps[0]?.exposure).toMatchObject({ replaces: true, grows: true });
  });

  test("says of what the plane does not list that it is not known", async () => {
    const { controlPlane } = world({ refuseTriggers: Code.Unimplemented });
    const planned = await plan(webhook({ endpointGroups: ["trigger"] }), { controlPlane });
    expect(reachOf(planned, "trigger", "switch")).toMatchObject({ gained: [], unknown: "no triggers here" });
    expect(renderPlan(planned)).toContain("? triggers cannot be listed: no triggers here");
    const outage = world({ refuseTriggers: Code.Unauthenticated });
    await expect(plan(webhook(), { controlPlane: outage.controlPlane })).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  test("covers what an app depends on, first, and reads no catalogue where there is no webhook", async () => {
    const { controlPlane, calls } = world();
    const backend = new AppEnvironment({ name: "backend", image: "x:1" });
    const planned = await plan(new AppEnvironment({ name: "front", image: "x:1", dependsOn: [backend] }), {
      controlPlane,
    });
    expect(planned.apps.map(({ name, exposure }) => [name, exposure])).toEqual([
      ["backend", undefined],
      ["front", undefined],
    ]);
    expect(calls).toEqual(["get", "get"]);
  });
});
