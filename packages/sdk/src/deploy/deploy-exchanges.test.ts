import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { clone, fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { createControlPlane } from "@flyte-webhook/client";
import { CONNECT_CODES, endpointDefinition, FlyteWebhookError } from "@flyte-webhook/core";
import { type App as AppMessage, AppSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { WatchResponseSchema } from "@flyte-webhook/idl/flyteidl2/app/app_payload";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  FlyteWebhookAppEnvironment,
  type FlyteWebhookAppEnvironmentOptions,
} from "../environment/flyte-webhook-app-environment.ts";
import { plan } from "../plan/plan.ts";
import { clusterOf } from "../serialize/newer-fields.ts";
import { toApp } from "../serialize/to-app.ts";
import { getApp, listApps } from "./app.ts";
import { deploy } from "./deploy.ts";
import { serve } from "./serve.ts";

/** What the Python SDK called and was answered, for one and the same declaration. */
interface Exchange {
  readonly id: string;
  readonly call: {
    action: string;
    wait?: boolean;
    options?: Record<string, unknown>;
    kwargs?: Record<string, unknown>;
  };
  readonly control_plane: readonly {
    readonly rpc: string;
    readonly request: JsonObject;
    readonly reply: { ok?: JsonObject; error?: { code: string; message: string }; stream?: JsonObject[] };
  }[];
}

const file = new URL("../../../../conformance/data/deploy-exchanges.json", import.meta.url);
const { exchanges } = JSON.parse(readFileSync(file, "utf8")) as { exchanges: Exchange[] };
const SCOPE = { org: "acme", project: "flytesnacks", domain: "development" };
const WRITES = ["Create", "Update", "Delete"];

let server: Server;
let publicUrl: string;
beforeAll(async () => {
  const paths = { [endpointDefinition("health").path]: { get: {} } };
  server = createServer((request, response) => {
    const bodies: Record<string, object> = { "/health": { status: "healthy" }, "/openapi.json": { paths } };
    const body = bodies[request.url ?? ""];
    response.statusCode = body ? 200 : 401;
    response.end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

function declaration({ call }: Exchange): FlyteWebhookAppEnvironment {
  const { service_account: serviceAccount, requires_auth: requiresAuth, cluster } = call.options ?? {};
  return new FlyteWebhookAppEnvironment({
    name: "my-webhook",
    image: "ghcr.io/acme/flyte-webhook-node:1.2.3",
    command: ["node", "/app/webhook.mjs"],
    scaling: { replicas: 1 },
    description: "A webhook",
    ...(serviceAccount !== undefined && { serviceAccount }),
    ...(requiresAuth !== undefined && { requiresAuth }),
    ...(cluster !== undefined && { cluster }),
  } as unknown as FlyteWebhookAppEnvironmentOptions);
}

/** Replays what the plane answered; the last answer of a method is its answer from then on. */
function replay(exchange: Exchange) {
  const ours = toApp(declaration(exchange), { ...SCOPE, consoleUrl: "http://plane.test" });
  const calls: { readonly method: string; readonly app?: AppMessage | undefined; readonly reason?: string }[] = [];
  const turns = new Map<string, number>();
  let last: AppMessage | undefined;
  /** An app as the plane has it, with our program's arguments, links and version where Python's SDK wrote its own. */
  const app = (json: unknown): AppMessage => {
    const text = JSON.stringify(json).replaceAll("https://my-webhook.apps.example.com", publicUrl);
    const message = fromJson(AppSchema, JSON.parse(text) as JsonObject, { ignoreUnknownFields: true });
    const { spec } = message;
    if (spec?.appPayload.case === "container" && ours.spec?.appPayload.case === "container") {
      spec.appPayload.value.args = [...ours.spec.appPayload.value.args];
      spec.links = clone(AppSchema, ours).spec?.links ?? [];
      const { runtimeMetadata } = ours.spec;
      if (runtimeMetadata) spec.runtimeMetadata = runtimeMetadata;
    }
    last = message;
    return message;
  };
  const answer = (method: string) => {
    const replies = exchange.control_plane.filter(({ rpc }) => rpc.endsWith(`/${method}`)).map(({ reply }) => reply);
    const turn = turns.get(method) ?? 0;
    turns.set(method, turn + 1);
    const reply = replies[Math.min(turn, replies.length - 1)];
    const { error } = reply ?? {};
    if (error) throw new ConnectError(error.message, (CONNECT_CODES.indexOf(error.code as never) + 1) as Code);
    return reply;
  };
  const unary = (method: string) => {
    const reply = answer(method)?.ok;
    const found = reply?.app ? app(reply.app) : last;
    return found ? { app: found } : {};
  };
  const transport = createRouterTransport(({ service }) => {
    service(AppService, {
      create(request) {
        calls.push({ method: "Create", app: request.app });
        return unary("Create");
      },
      update(request) {
        calls.push({ method: "Update", app: request.app, reason: request.reason });
        return unary("Update");
      },
      get() {
        calls.push({ method: "Get" });
        if (!last && exchange.control_plane.every(({ rpc }) => !rpc.endsWith("/Get"))) {
          throw new ConnectError("there is none yet", Code.NotFound);
        }
        return unary("Get");
      },
      delete() {
        calls.push({ method: "Delete" });
        answer("Delete");
        return {};
      },
      list() {
        calls.push({ method: "List" });
        return { apps: ((answer("List")?.ok?.apps ?? []) as JsonObject[]).map(app) };
      },
      async *watch() {
        calls.push({ method: "Watch" });
        for (const event of answer("Watch")?.stream ?? []) {
          const { event: known } = fromJson(WatchResponseSchema, event, { ignoreUnknownFields: true });
          const [state] = Object.values(event).map((one) => Object.values(one as JsonObject)[0]);
          const updatedApp = app(state);
          if (known.case === "updateEvent") yield { event: { case: "updateEvent" as const, value: { updatedApp } } };
        }
      },
    });
  });
  return { calls, controlPlane: createControlPlane({ endpoint: "http://plane.test", ...SCOPE, transport }) };
}

/** What of an app is a contract between the SDKs: all but what each makes for its own program in the container. */
function shared(app: AppMessage | undefined): unknown {
  if (!app) return undefined;
  const copy = clone(AppSchema, app);
  const { spec } = copy;
  delete copy.status;
  if (spec?.appPayload.case === "container") {
    spec.appPayload.value.args = [];
    spec.appPayload.value.env = spec.appPayload.value.env.filter(({ key }) => key !== "_F_SYS_PATH");
    spec.links = [];
    delete spec.runtimeMetadata;
  }
  return toJson(AppSchema, copy);
}

async function perform(exchange: Exchange, controlPlane: ReturnType<typeof createControlPlane>): Promise<string> {
  const { action, wait, kwargs = {} } = exchange.call;
  const environment = declaration(exchange);
  try {
    if (kwargs.dry_run) await plan(environment, { controlPlane });
    else if (action === "deploy") await deploy(environment, { controlPlane });
    else if (action === "serve") {
      const envVars = kwargs.env_vars as Record<string, string> | undefined;
      await serve(environment, { controlPlane, timeoutMs: 1500, ...(envVars && { envVars }) });
    } else if (action === "list") await listApps({ controlPlane });
    else if (action === "delete") await controlPlane.apps.delete({ name: "my-webhook" });
    else {
      // Our switch reads the app itself; the handle is made of what a first read gave.
      const app = await getApp("my-webhook", { controlPlane });
      if (action === "activate") await app.activate({ wait });
      if (action === "deactivate") await app.deactivate({ wait });
    }
    return "ok";
  } catch (error) {
    return FlyteWebhookError.from(error).code;
  }
}

/** Rows in which we write something else, or end otherwise, and why. */
const DIFFERENT: Readonly<Record<string, { writes?: string; end?: string; why: string }>> = {
  "deploy-exists-no-ingress": { end: "ok", why: "Python fails an assertion; an app without ingress is just stopped" },
  "deploy-update-aborted": {
    writes: "Update Update",
    end: "aborted",
    why: "an update whose app changed in between is read again and tried once more",
  },
  "deploy-unavailable": { writes: "Create", end: "unavailable", why: "a write is sent once, it may have been done" },
  "deploy-unauthenticated": {
    writes: "Create",
    end: "unauthenticated",
    why: "the same credentials are not sent twice",
  },
  "serve-unassigned": { end: "ok", why: "an app without a cluster yet is on its way; Python takes it for failed" },
  "serve-dry-run": { writes: "", end: "ok", why: "Python creates the app all the same; plan writes nothing" },
  "serve-env-vars": { end: "ok", why: "Python's variables never reach the plane; ours are in what is created" },
};

test.each(exchanges)("$id: the same writes as the Python SDK's", async (exchange) => {
  const { controlPlane, calls } = replay(exchange);
  const end = await perform(exchange, controlPlane);
  const different = DIFFERENT[exchange.id];
  // Python finds out by a refused Create that there is an app; ours reads first.
  const found = (code = "") => code === "already_exists" || code === "aborted";
  const recorded = exchange.control_plane.filter(
    ({ rpc, reply }) =>
      WRITES.some((one) => rpc.endsWith(`/${one}`)) && !(rpc.endsWith("/Create") && found(reply.error?.code)),
  );
  const writes = calls.filter(({ method }) => WRITES.includes(method));
  const theirs = recorded.map(({ rpc }) => rpc.split("/")[1]).join(" ");
  expect(writes.map(({ method }) => method).join(" ")).toBe(different?.writes ?? theirs);

  const refusal = exchange.control_plane.findLast(({ reply }) => reply.error)?.reply.error?.code;
  const isFinal = refusal !== undefined && exchange.control_plane.at(-1)?.reply.error !== undefined;
  const expected = exchange.id === "serve-failed" || exchange.id === "serve-stalled" ? "deploy_failed" : undefined;
  const theirEnd = isFinal && exchange.call.action !== "delete" ? refusal : "ok";
  expect(end).toBe(different?.end ?? expected ?? theirEnd);

  for (const [index, { request }] of recorded.entries()) {
    const ours = writes[index];
    if (!ours || !request.app) continue;
    const app = fromJson(AppSchema, request.app as JsonObject, { ignoreUnknownFields: true });
    const text = JSON.stringify(shared(app)).replace("DESIRED_STATE_STARTED", "DESIRED_STATE_ACTIVE");
    const wanted = JSON.parse(text) as { spec?: { container?: { env?: unknown } } };
    if (exchange.id === "serve-env-vars" && wanted.spec?.container)
      wanted.spec.container.env = [{ key: "B", value: "2" }];
    expect(shared(ours.app)).toEqual(wanted);
    expect(ours.app?.spec && clusterOf(ours.app.spec)).toBe(
      (request.app as { spec?: { cluster?: string } }).spec?.cluster ?? "",
    );
    expect(ours.reason ?? "").toBe(request.reason ?? "");
  }
});

test("reads no more than it needs", async () => {
  const sequence = async (id: string) => {
    const exchange = exchanges.find((one) => one.id === id);
    if (!exchange) throw new Error(`there is no row ${id}`);
    const { controlPlane, calls } = replay(exchange);
    await perform(exchange, controlPlane);
    return calls.map(({ method }) => method).join(" ");
  };
  expect({
    create: await sequence("deploy-create"),
    unchanged: await sequence("deploy-exists-same"),
    changed: await sequence("deploy-exists-changed-image"),
    serve: await sequence("serve-active"),
    "serve, already active": await sequence("serve-already-active"),
    activate: await sequence("activate"),
    "deactivate and wait": await sequence("deactivate-wait"),
    delete: await sequence("delete"),
  }).toEqual({
    create: "Get Create",
    unchanged: "Get",
    changed: "Get Update",
    serve: "Get Create Get Watch",
    "serve, already active": "Get Create Get",
    activate: "Get Get Update",
    "deactivate and wait": "Get Get Update Get Watch",
    delete: "Delete",
  });
});
