import { randomUUID } from "node:crypto";
import type { Connection } from "@flyte-webhook/client/connection";
import {
  allowsApp,
  allowsTask,
  allowsTrigger,
  type EndpointDefinition,
  endpointDefinition,
  FlyteWebhookError,
  type WebhookSpec,
} from "@flyte-webhook/core";
import { stringifyJson } from "@flyte-webhook/literals";
import { type Context, Hono } from "hono";
import { mountDocs } from "./docs/docs.ts";
import { authenticate, header, refuseCrossSite } from "./request/auth.ts";
import { readInputs, readOptions } from "./request/body.ts";
import { isTrue } from "./request/coerce.ts";
import { errorResponse, isWorthLogging } from "./request/error-response.ts";
import { type Parameters, readParameters } from "./request/parameters.ts";
import { type BuiltEndpointId, isBuilt, ROUTES } from "./routes/index.ts";
import type { Route, RouteRequest } from "./routes/route.ts";
import { DEFAULT_LIMITS, type Limits, type Network, type Webhook } from "./webhook.ts";

export interface WebhookDependencies {
  /** The control plane, with the spec's organisation, project and domain as scope. */
  readonly connection: Connection;
  readonly limits?: Partial<Limits> | undefined;
  /** How apps and the store of uploads are reached. Default: with the certificate authorities of Node. */
  readonly network?: Network | undefined;
  /** Told every error that an answer does not explain; it never holds credentials. Default: silence. */
  readonly onError?:
    | ((error: FlyteWebhookError, request: { id: string; method: string; path: string }) => void)
    | undefined;
}

export interface WebhookApp extends Hono {
  /** Loads what the first requests would otherwise wait for. */
  warm(): Promise<void>;
}

/**
 * The webhook's HTTP service: the enabled endpoints of the spec that are built, `/openapi.json`, `/docs` and `/redoc`.
 * Pure: no socket, no process, no environment; `app.request()` tests it whole.
 *
 * Order of checks, as in Python: 401, 404/405, 422, 400 for a self-reference, 403 of an allow-list, control plane.
 */
export function createWebhookApp(spec: WebhookSpec, dependencies: WebhookDependencies): WebhookApp {
  const { connection, network } = dependencies;
  const webhook: Webhook = { spec, connection, network, limits: { ...DEFAULT_LIMITS, ...dependencies.limits } };
  const app = new Hono();

  const fail = (c: Context, thrown: unknown): Response => {
    const error = FlyteWebhookError.from(thrown);
    const id = requestId(c);
    if (isWorthLogging(error)) dependencies.onError?.(error, { id, method: c.req.method, path: c.req.path });
    return errorResponse(error, id);
  };

  const endpoints = spec.endpoints.filter(isBuilt).map(endpointDefinition);
  const load = endpoints.map((endpoint) => mount(app, webhook, endpoint, fail));
  mountDocs(app, spec, endpoints);
  for (const path of new Set(endpoints.map(honoPath))) {
    const allow = endpoints.filter((endpoint) => honoPath(endpoint) === path).map((endpoint) => endpoint.method);
    const open = endpoints.some((endpoint) => honoPath(endpoint) === path && endpoint.auth === "none");
    app.all(path, (c) => {
      try {
        if (!open) authenticate(c);
      } catch (error) {
        return fail(c, error);
      }
      const response = fail(c, new FlyteWebhookError("method_not_allowed", "Method Not Allowed"));
      response.headers.set("allow", allow.join(", "));
      return response;
    });
  }
  app.notFound((c) => {
    try {
      if (!OPEN_PATHS.has(c.req.path)) authenticate(c);
    } catch (error) {
      return fail(c, error);
    }
    return fail(c, new FlyteWebhookError("route_not_found", "Not Found"));
  });
  app.onError((error, c) => fail(c, error));
  return Object.assign(app, { warm: async () => void (await Promise.all(load.map((one) => one()))) });
}

/** Paths that need no credentials even when there is nothing behind them. */
const OPEN_PATHS: ReadonlySet<string> = new Set([
  "/health",
  "/docs",
  "/openapi.json",
  "/redoc",
  "/docs/oauth2-redirect",
]);

const honoPath = (endpoint: EndpointDefinition): string => endpoint.path.replace(/\{(\w+)\}/g, ":$1");

/** Mounts one endpoint; returns what loads its route ahead of the first request. */
function mount(
  app: Hono,
  webhook: Webhook,
  endpoint: EndpointDefinition,
  fail: (c: Context, error: unknown) => Response,
): () => Promise<unknown> {
  const { limits } = webhook;
  const changesState = endpoint.method !== "GET";
  let route: Route<BuiltEndpointId> | undefined;
  const load = async () => {
    route ??= (await ROUTES[endpoint.id as BuiltEndpointId]()) as Route<BuiltEndpointId>;
    return route;
  };

  app.on(endpoint.method, honoPath(endpoint), async (c) => {
    try {
      const caller = endpoint.auth === "none" ? NOBODY : authenticate(c);
      if (changesState) refuseCrossSite(c, caller);
      const path = pathParameters(c, endpoint);
      const inputs = endpoint.body === "inputs" ? await readInputs(c, limits.bodyBytes) : NO_INPUTS;
      const query = queryOf(c);
      const options =
        endpoint.body === "options" && !isTrue(endpoint.rawBody && query?.getAll(endpoint.rawBody).at(-1))
          ? await readOptions(c, limits.bodyBytes, endpoint.listBody !== undefined)
          : undefined;
      const parameters = readParameters(endpoint, path, query, options);
      guard(webhook.spec, endpoint, parameters);
      const request: RouteRequest = { caller, parameters, inputs, context: c };
      const answer = await (route ?? (await load()))(webhook, request);
      if ("response" in answer) {
        answer.response.headers.set("x-request-id", requestId(c));
        return answer.response;
      }
      // Bytes, because a text would be encoded once to know its length and again to be sent.
      return new Response(Buffer.from(stringifyJson(answer.body as never)), {
        status: 200,
        headers: { "content-type": "application/json", "x-request-id": requestId(c), ...answer.headers },
      });
    } catch (error) {
      return fail(c, error);
    }
  });
  return load;
}

const NOBODY = {};
const NO_INPUTS = Object.create(null);

/** Parameters of the path, decoded. One that holds a slash is another path, as in Python: 404. */
function pathParameters(c: Context, endpoint: EndpointDefinition): Record<string, string> {
  const values: Record<string, string> = {};
  for (const parameter of endpoint.parameters) {
    if (parameter.in !== "path") continue;
    const value = c.req.param(parameter.name) ?? "";
    if (value.includes("/")) throw new FlyteWebhookError("route_not_found", "Not Found");
    values[parameter.name] = value;
  }
  return values;
}

function queryOf(c: Context): URLSearchParams | undefined {
  const start = c.req.url.indexOf("?");
  return start < 0 ? undefined : new URLSearchParams(c.req.url.slice(start));
}

/** Self-reference first, then the allow-list of the endpoint. Runs are guarded where they are read. */
function guard(spec: WebhookSpec, endpoint: EndpointDefinition, parameters: Parameters): void {
  const value = (name: string): string => String(parameters[name] ?? "");
  if (endpoint.selfVerb !== undefined && isSelf(spec, parameters)) {
    throw new FlyteWebhookError("self_reference", `Cannot ${endpoint.selfVerb} self`);
  }
  const refuse = (what: string) => new FlyteWebhookError("not_allowed", `${what} is not in the allowlist`);
  switch (endpoint.guard) {
    case "task": {
      const task = { domain: value("domain"), project: value("project"), name: value("name") };
      if (!allowsTask(spec.taskAllowlist, task)) throw refuse(`Task ${task.domain}/${task.project}/${task.name}`);
      return;
    }
    case "app":
      if (!allowsApp(spec.appAllowlist, { name: value("name") })) throw refuse(`App ${value("name")}`);
      return;
    case "trigger": {
      const trigger = { taskName: value("task_name"), name: value("trigger_name") };
      if (!allowsTrigger(spec.triggerAllowlist, trigger)) throw refuse(`Trigger ${trigger.taskName}/${trigger.name}`);
      return;
    }
  }
}

/** The webhook itself is its name in its own project and domain; an app of that name elsewhere is another one. */
function isSelf(spec: WebhookSpec, { name, project, domain }: Parameters): boolean {
  return name === spec.name && (project || spec.project) === spec.project && (domain || spec.domain) === spec.domain;
}

/** The caller's own id for the request when it is a plain word, else a new one. */
function requestId(c: Context): string {
  const given = header(c, "x-request-id");
  return given !== undefined && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID();
}
