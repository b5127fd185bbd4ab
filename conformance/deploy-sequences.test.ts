/** Which RPCs a deployment makes, on the devbox and on a plane as a hosted one answers: the same, but for what is named. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clone, create } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { createControlPlane } from "@flyte-webhook/client";
import { SPEC_HASH_FIELD, webhookSpecHash } from "@flyte-webhook/client/webhook-spec-hash";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type Devbox, startDevbox } from "@flyte-webhook/devbox";
import {
  type App as AppMessage,
  AppSchema,
  Spec_DesiredState as DesiredState,
  Status_DeploymentStatus as Status,
  StatusSchema,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppLogsService } from "@flyte-webhook/idl/flyteidl2/app/app_logs_service";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import {
  App,
  AppEnvironment,
  type AppEnvironmentOptions,
  deploy,
  FlyteWebhookAppEnvironment,
  serve,
  toWebhookSpec,
} from "@flyte-webhook/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const PLACE = { project: "flytesnacks", domain: "development" };
const SERVER = "require('node:http').createServer((_, r) => r.end('ok')).listen(process.env.PORT)";

/** A program that serves, or one that ends at once, in any image. */
const app = (name: string, options: Partial<AppEnvironmentOptions> = {}, program = SERVER) =>
  new AppEnvironment({
    name,
    image: "node:24",
    command: ["node", "-e", program],
    scaling: { replicas: 1 },
    ...options,
  });

let dir: string;
let devbox: Devbox;
let site: Server;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "sequences-"));
  devbox = await startDevbox({ dir, port: 0 });
  site = createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
});
afterAll(async () => {
  await devbox.close();
  site.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A hosted plane in memory: creates once, counts revisions, refuses stale ones, and its apps are what they are asked to be. */
function hosted(record: Interceptor, apps: Map<string, AppMessage>): Transport {
  const isBroken = (one: AppMessage) => JSON.stringify(one.spec?.appPayload.value).includes("process.exit");
  const settle = (one: AppMessage): AppMessage => {
    const { port } = site.address() as AddressInfo;
    const stopped = one.spec?.desiredState === DesiredState.STOPPED;
    const state = stopped ? Status.STOPPED : isBroken(one) ? Status.FAILED : Status.ACTIVE;
    const next = clone(AppSchema, one);
    next.status = create(StatusSchema, {
      conditions: [{ deploymentStatus: state, message: state === Status.FAILED ? "exited with 3" : "" }],
      ingress: { publicUrl: `http://127.0.0.1:${port}` },
    });
    if (next.metadata) next.metadata.revision += 1n;
    apps.set(next.metadata?.id?.name ?? "", next);
    return next;
  };
  const known = (name = "") => apps.get(name) ?? raise("no such app", Code.NotFound);
  return createRouterTransport(
    ({ service }) => {
      service(AppService, {
        create({ app: one }) {
          if (!one || apps.has(one.metadata?.id?.name ?? "")) return raise("there is one", Code.AlreadyExists);
          return { app: settle(one) };
        },
        get: ({ identifier }) => ({ app: known(identifier.case === "appId" ? identifier.value.name : "") }),
        update({ app: one }) {
          const now = known(one?.metadata?.id?.name);
          if (!one || one.metadata?.revision !== now.metadata?.revision) return raise("stale", Code.Aborted);
          return { app: settle(one) };
        },
        delete({ appId }) {
          apps.delete(appId?.name ?? "");
          return {};
        },
        async *watch({ target }) {
          const name = target.case === "appId" ? target.value.name : "";
          yield { event: { case: "updateEvent" as const, value: { updatedApp: known(name) } } };
        },
      });
      service(AppLogsService, {
        // biome-ignore lint/correctness/useYield: there is nothing to tell.
        async *tailLogs() {
          raise("no replicas found", Code.NotFound);
        },
      });
    },
    { transport: { interceptors: [record] } },
  );
}

function raise(message: string, code: Code): never {
  throw new ConnectError(message, code);
}

/** A control plane whose calls are kept; the states of an app that is waited for come as they come, so they are one word. */
function recorded(kind: "devbox" | "hosted", apps = new Map<string, AppMessage>()) {
  const calls: string[] = [];
  let then: (() => Promise<unknown>) | undefined;
  const record: Interceptor = (next) => async (request) => {
    calls.push(request.method.name);
    if (kind === "devbox") request.header.set("authorization", `Bearer ${devbox.apiKey}`);
    // As the client's own transports say; the devbox tells revisions to it.
    request.header.set("user-agent", "flyte-webhook/test");
    try {
      const response = await next(request);
      const todo = request.method.name === "Get" ? then : undefined;
      if (todo) then = undefined;
      await todo?.();
      return response;
    } catch (error) {
      calls[calls.length - 1] += ` ${Code[ConnectError.from(error).code]}`;
      throw error;
    }
  };
  const transport =
    kind === "hosted"
      ? hosted(record, apps)
      : createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1", interceptors: [record] });
  const endpoint = kind === "hosted" ? "http://plane.test" : devbox.endpoint;
  const controlPlane = createControlPlane({ endpoint, ...PLACE, transport });
  /** The calls since the last time. */
  const sequence = () => {
    const text = calls.splice(0).join(" → ");
    return text.replace(/(?<!^)(?<= → )(?:(?:Get|Watch) → )*Watch(?: → (?:Get|Watch))*/g, "…").replace(/^$/, "nothing");
  };
  const afterNextGet = (todo: () => Promise<unknown>) => {
    then = todo;
  };
  return { controlPlane, sequence, afterNextGet, apps };
}

describe.each(["devbox", "hosted"] as const)("on the %s plane", (kind) => {
  test("create, no change, update, stop, start, delete", { timeout: 60_000 }, async () => {
    const { controlPlane, sequence } = recorded(kind);
    const name = `life-${kind}`;
    const steps: Record<string, string> = {};
    const changes: string[] = [];
    const onEvent = (event: { type: string; change?: string }) =>
      event.type === "submitted" ? changes.push(event.change ?? "") : undefined;
    await deploy(app(name), { controlPlane, onEvent });
    steps.create = sequence();
    await deploy(app(name), { controlPlane, onEvent });
    steps["no change"] = sequence();
    await controlPlane.apps.waitFor({ name }, "active");
    sequence();
    await deploy(app(name, { envVars: { A: "1" } }), { controlPlane, onEvent });
    steps.update = sequence();
    const handle = await App.get(name, { controlPlane });
    await controlPlane.apps.waitFor({ name }, "active");
    sequence();
    await handle.deactivate();
    steps.deactivate = sequence();
    await controlPlane.apps.waitFor({ name }, "deactivated");
    sequence();
    expect((await handle.status()).status).toBe("STOPPED");
    await handle.deactivate();
    steps["deactivate again"] = sequence();
    await handle.activate();
    steps.activate = sequence();
    await handle.delete();
    steps.delete = sequence();
    expect(steps).toEqual({
      create: "Get NotFound → Create",
      "no change": "Get",
      update: "Get → Update",
      deactivate: "Get → Update",
      "deactivate again": "Get → Get",
      activate: "Get → Update",
      delete: "Delete",
    });
    expect(changes).toEqual(["created", "unchanged", "updated"]);
  });

  test("a stopped app is started by a deployment that changes nothing", { timeout: 60_000 }, async () => {
    const { controlPlane, sequence } = recorded(kind);
    const name = `stopped-${kind}`;
    const handle = await serve(app(name), { controlPlane });
    await handle.deactivate({ wait: true });
    sequence();
    await deploy(app(name), { controlPlane });
    expect(sequence()).toBe("Get → Update");
    await handle.delete();
  });

  test("a race of two that create the same app ends with both deployed", { timeout: 60_000 }, async () => {
    const { controlPlane } = recorded(kind);
    const name = `race-${kind}`;
    const both = [app(name), app(name, { envVars: { A: "1" } })];
    const handles = await Promise.all(both.map((one) => deploy(one, { controlPlane })));
    expect(handles.map((one) => one.name)).toEqual([name, name]);
    await handles[0]?.delete();
  });

  test("a change in between is read and written once more", { timeout: 60_000 }, async () => {
    const { controlPlane, sequence, afterNextGet, apps } = recorded(kind);
    const name = `conflict-${kind}`;
    await deploy(app(name), { controlPlane });
    const other = recorded(kind, apps);
    sequence();
    afterNextGet(() => deploy(app(name, { envVars: { THEIRS: "1" } }), { controlPlane: other.controlPlane }));
    await deploy(app(name, { envVars: { OURS: "1" } }), { controlPlane });
    expect(sequence()).toBe("Get → Update Aborted → Get → Update");
    const ours = await controlPlane.apps.get({ name });
    expect((ours.spec?.appPayload.value as { env: object[] } | undefined)?.env).toMatchObject([{ key: "OURS" }]);
    await (await App.get(name, { controlPlane })).delete();
  });

  test("serving waits for the app, and one that fails is rolled back", { timeout: 60_000 }, async () => {
    const { controlPlane, sequence } = recorded(kind);
    const name = `serve-${kind}`;
    const served = await serve(app(name), { controlPlane });
    expect(sequence()).toMatch(/^Get NotFound → Create → (Get|…)$/);
    expect(served.isActive()).toBe(true);
    const program = "console.log('no config'); process.exit(3)";
    const broken = app(name, {}, program);
    const error = await serve(broken, { controlPlane, rollbackOnFailure: true, timeoutMs: 30_000 }).catch((e) => e);
    expect(error).toBeInstanceOf(FlyteWebhookError);
    expect(error.code).toBe("deploy_failed");
    expect(error.message).toMatch(/The spec that it had before was put back\.$/);
    expect(sequence()).toMatch(/^Get → Update → .*Get → Update$/);
    const now = await controlPlane.apps.get({ name });
    expect(JSON.stringify(now.spec?.appPayload.value, (_, v) => (typeof v === "bigint" ? String(v) : v))).not.toContain(
      "process.exit",
    );
    await served.delete();
  });
});

test("a webhook on the devbox is served when it is this very declaration that answers", {
  timeout: 60_000,
}, async () => {
  const { controlPlane } = recorded("devbox");
  const webhook = new FlyteWebhookAppEnvironment({
    name: "proof",
    endpointGroups: ["core", "task"],
    taskAllowlist: [],
  });
  await serve(webhook, { controlPlane });
  const wider = webhook.cloneWith({ name: "proof", taskAllowlist: ["t"] });
  const told: string[] = [];
  const app = await serve(wider, { controlPlane, onEvent: ({ type }) => told.push(type) });
  const { info } = (await (await fetch(`${app.endpoint}/openapi.json`)).json()) as { info: Record<string, string> };
  const context = { org: "", ...PLACE, consoleUrl: controlPlane.connection.consoleUrl };
  expect(info[SPEC_HASH_FIELD]).toBe(webhookSpecHash(toWebhookSpec(wider, context)));
  expect(told.at(-1)).toBe("serving");
  await app.delete();
});
