import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { clone, create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { type ControlPlane, createControlPlane } from "@flyte-webhook/client";
import { SPEC_HASH_FIELD, webhookSpecHash } from "@flyte-webhook/client/webhook-spec-hash";
import { ENDPOINT_IDS, type EndpointId, endpointDefinition, FlyteWebhookError } from "@flyte-webhook/core";
import {
  type App as AppMessage,
  AppSchema,
  SpecSchema,
  Status_DeploymentStatus as Status,
  StatusSchema,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppLogsService } from "@flyte-webhook/idl/flyteidl2/app/app_logs_service";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { EnrichedIdentitySchema } from "@flyte-webhook/idl/flyteidl2/common/identity";
import { afterEach, describe, expect, test } from "vitest";
import { FlyteWebhookAppEnvironment } from "../environment/flyte-webhook-app-environment.ts";
import { toApp } from "../serialize/to-app.ts";
import { toWebhookSpec } from "../serialize/to-webhook-spec.ts";
import { getApp } from "./app.ts";
import { deploy } from "./deploy.ts";
import { DeployError } from "./deploy-error.ts";
import type { DeployEvent } from "./events.ts";
import { serve } from "./serve.ts";

const PLACE = { org: "acme", project: "flytesnacks", domain: "development", consoleUrl: "http://plane.test" };
const webhook = new FlyteWebhookAppEnvironment({ name: "my-webhook", endpointGroups: ["core"], cluster: "c1" });

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The app as a plane keeps it: with a revision, a label, a creator and a field we do not know. */
function stored(status: MessageInitShape<typeof StatusSchema> = {}): AppMessage {
  const app = toApp(webhook, PLACE);
  app.status = create(StatusSchema, status);
  if (!app.metadata || !app.spec) throw new Error("no app");
  app.metadata.revision = 7n;
  app.metadata.labels = { team: "ml" };
  app.metadata.$unknown = [{ no: 4, wireType: 2, data: Uint8Array.of(1, 0x61) }];
  app.spec.creator = create(EnrichedIdentitySchema);
  return app;
}

const condition = (deploymentStatus: Status, message = "", revision = 0n) => ({ deploymentStatus, message, revision });

type Answer = AppMessage | Code | ConnectError;

interface Script {
  /** There is no app until it is created; reading it before answers so, beside the script. */
  readonly absent?: boolean;
  /** The answer to each Create, Get and Update; a number is an error of that code, the last one is repeated. */
  readonly create?: readonly Answer[];
  readonly get?: readonly Answer[];
  readonly update?: readonly Answer[];
  /** The states of each Watch; it ends after them. */
  readonly watch?: readonly (readonly AppMessage[])[];
  readonly logs?: readonly string[];
}

/** A control plane that answers by a script and keeps what it was sent. */
function scripted(script: Script) {
  const calls: string[] = [];
  const sent: { app: AppMessage; reason: string }[] = [];
  const turn = { create: 0, get: 0, update: 0, watch: 0 };
  const next = (kind: "create" | "get" | "update", echo?: AppMessage): { app?: AppMessage } => {
    calls.push(kind);
    const answers = script[kind] ?? [];
    const answer = answers[Math.min(turn[kind]++, answers.length - 1)] ?? echo;
    if (typeof answer === "number") throw new ConnectError("scripted", answer);
    if (answer instanceof ConnectError) throw answer;
    return answer ? { app: answer } : {};
  };
  const transport = createRouterTransport(({ service }) => {
    service(AppService, {
      create: ({ app }) => next("create", app),
      get: () => {
        if (!script.absent || turn.create > 0) return next("get");
        calls.push("get");
        throw new ConnectError("there is none", Code.NotFound);
      },
      update: ({ app, reason }) => {
        if (app) sent.push({ app: clone(AppSchema, app), reason });
        return next("update", app);
      },
      async *watch() {
        calls.push("watch");
        for (const app of script.watch?.[turn.watch++] ?? []) {
          yield { event: { case: "updateEvent" as const, value: { updatedApp: app } } };
        }
      },
    });
    service(AppLogsService, {
      async *tailLogs() {
        if (!script.logs) throw new ConnectError("no replicas found", Code.NotFound);
        const structuredLines = script.logs.map((message) => ({ message }));
        yield { resp: { case: "batches" as const, value: { logs: [{ structuredLines }] } } };
      },
    });
  });
  const controlPlane: ControlPlane = createControlPlane({ endpoint: "http://plane.test", ...PLACE, transport });
  return { controlPlane, calls, sent };
}

interface Service {
  ready: boolean;
  readonly ids?: readonly EndpointId[];
  /** The digest of the declaration that it tells; by default that of `webhook`. */
  readonly hash?: string;
  /** Paths that answer something else than they should. */
  readonly odd?: Readonly<Record<string, number>>;
  /** `METHOD /path credentials` of every request. */
  readonly asked?: string[];
}

const hashOf = (declared: FlyteWebhookAppEnvironment) => webhookSpecHash(toWebhookSpec(declared, PLACE));

/** A webhook's service as far as it is asked; answers 503 until `ready` is said. */
async function listen(service: Service): Promise<string> {
  const ids = service.ids ?? ["health", "me"];
  const paths: Record<string, object> = {};
  for (const { method, path } of ids.map(endpointDefinition)) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: {} };
  }
  const document = { info: { [SPEC_HASH_FIELD]: service.hash ?? hashOf(webhook) }, paths };
  const bodies: Record<string, object> = { "/health": { status: "healthy" }, "/openapi.json": document };
  const known = ids.map((id) => endpointDefinition(id).path.replace(/\{\w+\}/g, "x"));
  const server = createServer((request, response) => {
    const { url = "", method, headers } = request;
    service.asked?.push(`${method} ${url} ${headers.authorization ?? "-"}`);
    const missing = known.includes(url) ? 422 : 404;
    const status = bodies[url] ? 200 : headers.authorization ? missing : 401;
    response.statusCode = service.ready ? (service.odd?.[url] ?? status) : 503;
    response.end(JSON.stringify(bodies[url] ?? {}));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const active = (publicUrl: string) => stored({ conditions: [condition(Status.ACTIVE)], ingress: { publicUrl } });

async function failure(promise: Promise<unknown>): Promise<FlyteWebhookError> {
  const error = await promise.then(
    () => expect.unreachable("it succeeded"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FlyteWebhookError);
  return error as FlyteWebhookError;
}

describe("deploy", () => {
  test("creates a new app and returns without waiting", async () => {
    const { controlPlane, calls } = scripted({ absent: true });
    const app = await deploy(webhook, { controlPlane });
    expect(calls).toEqual(["get", "create"]);
    expect(app).toMatchObject({ name: "my-webhook", endpoint: "", revision: 0, deploymentStatus: "UNSPECIFIED" });
    expect(app.url).toBe("http://plane.test/v2/domain/development/project/flytesnacks/apps/my-webhook");
  });

  test("writes an equal app no second time, whatever the plane gave it as address", async () => {
    const existing = stored();
    if (existing.spec?.ingress) existing.spec.ingress.subdomain = "given-by-the-plane";
    const { controlPlane, calls } = scripted({ get: [existing] });
    expect((await deploy(webhook, { controlPlane })).revision).toBe(7);
    expect(calls).toEqual(["get"]);
  });

  test("writes an equal app that was stopped, which an open-source plane does not say in its spec", async () => {
    const { controlPlane, calls, sent } = scripted({ get: [stored({ conditions: [condition(Status.STOPPED)] })] });
    await deploy(webhook, { controlPlane });
    expect([calls, sent[0]?.app.spec?.desiredState]).toEqual([["get", "update"], 3]);
  });

  test("updates an app that somebody else creates in between", async () => {
    const other = stored();
    if (other.spec) other.spec.clusterPool = "elsewhere";
    const { controlPlane, calls } = scripted({ absent: true, create: [Code.AlreadyExists], get: [other] });
    await deploy(webhook, { controlPlane });
    expect(calls).toEqual(["get", "create", "get", "update"]);
  });

  test.each([
    ["an image", { image: "other:1" }],
    ["a cluster, which the descriptors do not know", { cluster: "c2" }],
  ])("updates for %s, keeping labels, creator, revision and unknown fields", async (_, change) => {
    const { controlPlane, calls, sent } = scripted({ get: [stored()] });
    const changed = webhook.cloneWith({ name: "my-webhook", ...change });
    await deploy(changed, { controlPlane });
    expect(calls).toEqual(["get", "update"]);
    const { app, reason } = sent[0] ?? expect.unreachable();
    expect(reason).toBe("User requested serve from sdk");
    expect(app.metadata).toMatchObject({ revision: 7n, labels: { team: "ml" } });
    expect(app.metadata?.$unknown?.map(({ no }) => no)).toContain(4);
    expect(app.spec?.creator).toBeDefined();
    const expected = toApp(changed, PLACE).spec ?? expect.unreachable();
    delete app.spec?.creator;
    expect(toBinary(SpecSchema, app.spec ?? expect.unreachable())).toEqual(toBinary(SpecSchema, expected));
  });

  test("reads again when the app changed in between, and gives up with both sides after one more try", async () => {
    const existing = stored();
    if (existing.spec) existing.spec.clusterPool = "elsewhere";
    const once = scripted({ get: [existing], update: [Code.Aborted, existing] });
    await deploy(webhook, { controlPlane: once.controlPlane });
    expect(once.calls).toEqual(["get", "update", "get", "update"]);
    const always = scripted({ get: [existing], update: [Code.Aborted] });
    const error = await failure(deploy(webhook, { controlPlane: always.controlPlane }));
    expect(error.code).toBe("aborted");
    expect(error.message).toContain('clusterPool: it has "elsewhere", this declaration not set');
    expect(always.calls.filter((call) => call === "update")).toHaveLength(2);
  });

  test("waits for an open-source plane's controller that is still at work on the last write", async () => {
    const words = "Operation cannot be fulfilled: the object has been modified; please apply";
    const conflict = new ConnectError(words, Code.Internal);
    const existing = stored();
    if (existing.spec) existing.spec.clusterPool = "elsewhere";
    const { controlPlane, calls } = scripted({ get: [existing], update: [conflict, conflict, existing] });
    const started = performance.now();
    await deploy(webhook, { controlPlane });
    expect(calls).toEqual(["get", "update", "get", "update", "get", "update"]);
    expect(performance.now() - started).toBeGreaterThan(700);
  });

  test.each([Code.PermissionDenied, Code.Unauthenticated, Code.Unavailable, Code.Internal])(
    "asks once when the plane refuses with code %i, and keeps the code",
    async (code) => {
      const { controlPlane, calls } = scripted({ absent: true, create: [code] });
      const error = await failure(deploy(webhook, { controlPlane }));
      expect(error.message).toBe('"my-webhook" cannot be deployed: scripted');
      expect(error.code).toBe(Code[code].replace(/\B[A-Z]/g, "_$&").toLowerCase());
      expect(calls).toEqual(["get", "create"]);
    },
  );

  test("deploys what it depends on first, each once, and variables of the call over those declared", async () => {
    const plane = scripted({ get: [stored()] });
    const a = new FlyteWebhookAppEnvironment({ name: "a" });
    const b = new FlyteWebhookAppEnvironment({ name: "b", dependsOn: [a] });
    const w = webhook.cloneWith({ name: "my-webhook", dependsOn: [b, a], envVars: { A: "1", B: "1" } });
    await deploy(w, { controlPlane: plane.controlPlane, envVars: { B: "2", C: "2" } });
    const containers = plane.sent.map(({ app }) => app.spec?.appPayload.value as { args: string[]; env: object[] });
    expect(containers).toHaveLength(3);
    expect(containers.map(({ env }) => env.length)).toEqual([0, 0, 3]);
    expect(containers[2]?.env).toMatchObject([
      { key: "A", value: "1" },
      { key: "B", value: "2" },
      { key: "C", value: "2" },
    ]);
    const twin = webhook.cloneWith({ name: "w", dependsOn: [a, new FlyteWebhookAppEnvironment({ name: "a" })] });
    expect((await failure(deploy(twin, { controlPlane: plane.controlPlane }))).message).toContain('named "a"');
  });
});

describe("several", () => {
  const app = (name: string, dependsOn: readonly FlyteWebhookAppEnvironment[] = []) =>
    new FlyteWebhookAppEnvironment({ name, dependsOn });

  /** A plane that takes its time, and notes when each app's creation begins and ends. */
  function slowPlane(refused: readonly string[] = []) {
    const log: string[] = [];
    let end = () => {};
    const fast = new Promise<void>((resolve) => {
      end = resolve;
      if (refused.length > 0) setTimeout(resolve, 60);
    });
    const transport = createRouterTransport(({ service }) =>
      service(AppService, {
        get() {
          throw new ConnectError("there is none", Code.NotFound);
        },
        async create({ app }) {
          const name = app?.metadata?.id?.name ?? "";
          log.push(`> ${name}`);
          // However busy the machine is: what is slow ends after what need not wait for it.
          if (name === "slow") await fast;
          else await new Promise((resolve) => setTimeout(resolve, 20));
          log.push(`< ${name}`);
          if (name === "one") end();
          if (refused.includes(name)) throw new ConnectError("no room", Code.ResourceExhausted);
          return app ? { app } : {};
        },
      }),
    );
    return { log, controlPlane: createControlPlane({ endpoint: "http://plane.test", ...PLACE, transport }) };
  }

  test("are deployed side by side, each after what it depends on, and answered in the given order", async () => {
    const { log, controlPlane } = slowPlane();
    const [base, slow] = [app("base"), app("slow")];
    const [one, two] = [app("one", [base]), app("two", [base, slow])];
    const handles = await deploy([two, one], { controlPlane });
    expect(handles.map(({ name }) => name)).toEqual(["two", "one"]);
    expect(log).toEqual(["> base", "> slow", "< base", "> one", "< one", "< slow", "> two", "< two"]);
  });

  test("say what was deployed and what was not when one is refused", async () => {
    const { log, controlPlane } = slowPlane(["base"]);
    const base = app("base");
    const error = await failure(deploy([app("one", [base]), app("slow")], { controlPlane }));
    expect(error).toMatchObject({
      code: "resource_exhausted",
      message: '"base" cannot be deployed: no room\nDeployed: "slow" (created). Not deployed: "base", "one".',
    });
    expect(log).not.toContain("> one");
  });

  test("of which one depends on itself are refused before anything is called", async () => {
    class Odd extends FlyteWebhookAppEnvironment {
      others: readonly FlyteWebhookAppEnvironment[] = [];
      override get dependsOn() {
        return this.others;
      }
    }
    const { log, controlPlane } = slowPlane();
    const [a, b] = [new Odd({ name: "a" }), new Odd({ name: "b" })];
    a.others = [b];
    b.others = [a];
    const error = await failure(deploy(a, { controlPlane }));
    expect(error).toMatchObject({ code: "invalid_declaration", message: expect.stringContaining('"a" → "b" → "a"') });
    expect(log).toEqual([]);
  });

  test("are served together, and the failure of one is told", async () => {
    const url = await listen({ ready: true });
    const { controlPlane } = scripted({ absent: true, get: [active(url)] });
    const served = await serve([webhook, webhook.cloneWith({ name: "my-webhook" })].slice(0, 1), { controlPlane });
    expect(served.map(({ endpoint }) => endpoint)).toEqual([url]);
  });
});

describe("serve", () => {
  test("returns when the webhook answers, and tells what happens on the way", async () => {
    const service = { ready: false };
    const url = await listen(service);
    const pending = stored({ conditions: [condition(Status.UNASSIGNED), condition(Status.PENDING, "pulling")] });
    const { controlPlane } = scripted({ absent: true, get: [pending, active(url)], watch: [[active(url)]] });
    const events: DeployEvent[] = [];
    const onEvent = (event: DeployEvent) => {
      events.push(event);
      if (event.type === "waiting") service.ready = true;
    };
    const app = await serve(webhook, { controlPlane, onEvent });
    expect(app).toMatchObject({ endpoint: url, revision: 7, deploymentStatus: "ACTIVE" });
    expect(app.isActive()).toBe(true);
    expect(events).toEqual([
      { type: "submitted", name: "my-webhook", change: "created" },
      { type: "status", name: "my-webhook", status: "PENDING", message: "pulling" },
      { type: "status", name: "my-webhook", status: "ACTIVE", message: "" },
      { type: "waiting", name: "my-webhook", endpoint: url, reason: "/health answers 503" },
      { type: "serving", name: "my-webhook", endpoint: url },
    ]);
  });

  test("takes nothing but this very declaration for served: its digest, 401 where declared, 404 elsewhere", async () => {
    const asked: string[] = [];
    const url = await listen({ ready: true, asked });
    await serve(webhook, { controlPlane: scripted({ get: [active(url)] }).controlPlane });
    expect(asked).toContain("GET /me -");
    expect(asked).toContain("POST /run-task/x/x/x Bearer nobody");
    expect(asked).toHaveLength(1 + ENDPOINT_IDS.length);

    const wrong = async (service: Service) => {
      const { controlPlane } = scripted({ get: [active(await listen(service))] });
      return (await failure(serve(webhook, { controlPlane, timeoutMs: 700 }))).message.split(": ").slice(1).join(": ");
    };
    const narrower = webhook.cloneWith({ name: "my-webhook", taskAllowlist: ["t"] });
    expect(await wrong({ ready: true, hash: hashOf(narrower) })).toContain(
      "an earlier declaration is still being served",
    );
    expect(await wrong({ ready: true, odd: { "/me": 200 } })).toContain("GET /me answers 200, not 401");
    expect(await wrong({ ready: true, odd: { "/app/x": 422 } })).toContain("GET /app/{name} answers 422, not 404");
  });

  test("does not take an earlier declaration that is still served for this one", async () => {
    const url = await listen({ ready: true, ids: ["health", "run_task"] });
    const { controlPlane } = scripted({ get: [active(url)] });
    const error = await failure(serve(webhook, { controlPlane, timeoutMs: 1500 }));
    expect(error.code).toBe("deploy_failed");
    expect(error.message).toContain("does not serve after 2 s: another service answers, it has POST /run-task/");
  });

  test("fails at once with the reason and the last log lines when the app fails", async () => {
    const failed = stored({ conditions: [condition(Status.FAILED, "exited with 1"), condition(Status.DEPLOYING)] });
    const logs = Array.from({ length: 30 }, (_, i) => `line ${i}\n`);
    const { controlPlane } = scripted({ watch: [[failed]], get: [stored(), failed], logs });
    const started = performance.now();
    const error = await failure(serve(webhook, { controlPlane }));
    expect(performance.now() - started).toBeLessThan(3000);
    expect(error.code).toBe("deploy_failed");
    expect(error.message).toMatch(/^"my-webhook" failed: exited with 1\nIts last log lines:\n {2}line 10\n/);
    expect(error.message).toMatch(/line 29$/);
    expect(error).toBeInstanceOf(DeployError);
    expect((error as DeployError).evidence).toEqual({
      conditions: [
        { status: "FAILED", message: "exited with 1" },
        { status: "DEPLOYING", message: "" },
      ],
      replicas: 0,
      log: Array.from({ length: 20 }, (_, i) => `line ${i + 10}`),
    });
  });

  test("names the platform's substate, with what mends it", async () => {
    const failed = stored({ conditions: [condition(Status.FAILED, "no such manifest")] });
    const [one] = failed.status?.conditions ?? [];
    if (one) one.$unknown = [{ no: 6, wireType: 0, data: Uint8Array.of(4) }];
    const { controlPlane } = scripted({ get: [failed] });
    const error = await failure(serve(webhook, { controlPlane }));
    expect(error.message).toBe('"my-webhook" failed (IMAGE_PULL_ERROR): no such manifest');
    expect((error as DeployError).substate).toBe("IMAGE_PULL_ERROR");
    expect(error.hint).toBe("Check that the image exists under that name, and that the cluster may pull it.");
  });

  test("takes no failure of an earlier deployment for one of this", async () => {
    const url = await listen({ ready: true });
    const before = stored({ conditions: [condition(Status.FAILED, "old")] });
    if (before.spec) before.spec.clusterPool = "elsewhere";
    const { controlPlane, calls } = scripted({ create: [Code.AlreadyExists], get: [before, before, active(url)] });
    await serve(webhook, { controlPlane });
    expect(calls).toContain("update");
    const unchanged = stored({ conditions: [condition(Status.FAILED, "still")] });
    const again = scripted({ create: [Code.AlreadyExists], get: [unchanged] });
    expect((await failure(serve(webhook, { controlPlane: again.controlPlane }))).message).toContain("failed: still");
  });

  test("puts the earlier spec back when it is told to, unless somebody changed it since", async () => {
    const before = stored();
    if (before.spec) before.spec.clusterPool = "elsewhere";
    const failed = stored({ conditions: [condition(Status.FAILED, "exited with 1")] });
    const events: string[] = [];
    const onEvent = ({ type }: DeployEvent) => events.push(type);
    const options = { rollbackOnFailure: true, onEvent };
    const plane = scripted({ create: [Code.AlreadyExists], get: [before, failed] });
    const error = await failure(serve(webhook, { controlPlane: plane.controlPlane, ...options }));
    expect(error).toMatchObject({ code: "deploy_failed", message: expect.stringContaining("exited with 1") });
    expect(error.message).toMatch(/\nThe spec that it had before was put back\.$/);
    expect(plane.sent.map(({ app }) => app.spec?.clusterPool)).toEqual(["", "elsewhere"]);
    expect(plane.sent[1]?.app.metadata).toMatchObject({ revision: 7n, labels: { team: "ml" } });
    expect(events.at(-1)).toBe("rolled_back");

    const other = stored({ conditions: [condition(Status.FAILED, "theirs")] });
    if (other.spec) other.spec.clusterPool = "of somebody else";
    const raced = scripted({ create: [Code.AlreadyExists], get: [before, failed, other] });
    const refused = await failure(serve(webhook, { controlPlane: raced.controlPlane, ...options }));
    expect([raced.sent.length, refused.message]).toEqual([1, expect.stringContaining("Nothing was put back")]);

    const created = scripted({ absent: true, get: [failed] });
    await failure(serve(webhook, { controlPlane: created.controlPlane, ...options }));
    expect(created.sent).toEqual([]);
  });

  test("starts an app that the plane left stopped", async () => {
    const url = await listen({ ready: true });
    const stopped = stored({ conditions: [condition(Status.STOPPED)] });
    const { controlPlane, sent } = scripted({ absent: true, get: [stopped, stopped, active(url)] });
    await serve(webhook, { controlPlane });
    expect(sent).toHaveLength(1);
  });

  test("says in time what it waited for, and ends when its caller does", async () => {
    const pending = stored({ conditions: [condition(Status.PENDING, "no node has room")] });
    const { controlPlane, calls } = scripted({ get: [pending] });
    const error = await failure(serve(webhook, { controlPlane, timeoutMs: 600 }));
    expect(error.message).toContain("its state is PENDING: no node has room");
    expect(error.hint).toContain("should listen on port 8080");
    expect(calls.length).toBeLessThan(10);
    const reason = new Error("enough");
    const caller = new AbortController();
    const onEvent = ({ type }: DeployEvent) => type === "status" && setTimeout(() => caller.abort(reason), 50);
    await expect(serve(webhook, { controlPlane, signal: caller.signal, onEvent })).rejects.toBe(reason);
  });
});

describe("an app's handle", () => {
  const stopped = stored({ conditions: [condition(Status.STOPPED)] });

  test("starts and stops the app, keeping all else, and answers with the state after the wait", async () => {
    const running = active("http://app.test");
    const { controlPlane, sent, calls } = scripted({ get: [stopped, stopped, running] });
    const app = await getApp("my-webhook", { controlPlane });
    expect(app.isActive()).toBe(false);
    await app.activate({ wait: true });
    expect([app.isActive(), app.endpoint]).toEqual([true, "http://app.test"]);
    expect(sent[0]).toMatchObject({
      reason: "User requested to activate app from flyte-sdk",
      app: { spec: { desiredState: 3 } },
    });
    expect(sent[0]?.app.metadata).toMatchObject({ revision: 7n, labels: { team: "ml" } });
    await app.activate();
    expect(calls.filter((call) => call === "update")).toHaveLength(1);
    await app.deactivate();
    expect(sent[1]).toMatchObject({
      reason: "User requested to deactivate app from flyte-sdk",
      app: { spec: { desiredState: 1 } },
    });
  });

  test("tells each state once, and its log", async () => {
    const running = active("http://app.test");
    const { controlPlane } = scripted({ get: [stopped], watch: [[stopped, running, running]], logs: ["a", "b"] });
    const app = await getApp("my-webhook", { controlPlane });
    const states: string[] = [];
    const end = new AbortController();
    const reason = new Error("enough");
    const watching = (async () => {
      for await (const { deploymentStatus } of app.watch({ signal: end.signal }))
        if (states.push(deploymentStatus) === 2) end.abort(reason);
    })();
    await expect(watching).rejects.toBe(reason);
    expect(states).toEqual(["STOPPED", "ACTIVE"]);
    const lines: string[] = [];
    for await (const line of app.logs()) lines.push(line);
    expect(lines).toEqual(["a", "b"]);
  });

  test("is read anew, until it is gone", async () => {
    const { controlPlane } = scripted({ get: [stopped, active("http://app.test"), Code.NotFound] });
    const app = await getApp("my-webhook", { controlPlane });
    expect((await app.refresh()).deploymentStatus).toBe("ACTIVE");
    expect((await failure(app.refresh())).code).toBe("not_found");
  });
});
