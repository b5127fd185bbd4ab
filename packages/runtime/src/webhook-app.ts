import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Caller } from "@flyte-webhook/client/caller";
import type { Connection } from "@flyte-webhook/client/connection";
import {
  type EndpointDefinition,
  endpointDefinition,
  FlyteWebhookError,
  type LimitOptions,
  resolveLimits,
  type WebhookLimits,
  type WebhookSpec,
} from "@flyte-webhook/core";
import { stringifyJson } from "@flyte-webhook/literals/json-text";
import { type Context, Hono } from "hono";
import { METHOD_NAME_ALL } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { mountDocs } from "./docs/docs.ts";
import { Admission, type Place } from "./request/admission.ts";
import { authenticate, header, refuseCrossSite } from "./request/auth.ts";
import { readInputs, readOptions } from "./request/body.ts";
import { isTrue } from "./request/coerce.ts";
import { timeAllowed, withinDeadline } from "./request/deadline.ts";
import { type ErrorAnswer, errorAnswer, isWorthLogging } from "./request/error-response.ts";
import { guard } from "./request/guard.ts";
import { readParameters } from "./request/parameters.ts";
import { requestIdOf } from "./request/request-id.ts";
import { refuseOwnCall, viaEntry } from "./request/via.ts";
import { type BuiltEndpointId, isBuilt, ROUTES } from "./routes/index.ts";
import type { Route } from "./routes/route.ts";
import type { Network, Webhook } from "./webhook.ts";

export interface WebhookDependencies {
  /** The control plane, with the spec's organisation, project and domain as scope. */
  readonly connection: Connection;
  /** Win over those of the spec. */
  readonly limits?: LimitOptions | undefined;
  /** How apps and the store of uploads are reached. Default: with the certificate authorities of Node. */
  readonly network?: Network | undefined;
  /** Told every error that an answer does not explain; it never holds credentials. Default: silence. */
  readonly onError?: ((error: FlyteWebhookError, request: FailedRequest) => void) | undefined;
}

/** What is known of a request that failed; its method and path are absent when no request could be read. */
export interface FailedRequest {
  readonly id: string;
  readonly method?: string;
  readonly path?: string;
}

export interface WebhookApp extends Hono {
  /** What the server that serves it keeps to as well. */
  readonly limits: WebhookLimits;
  /** Whether a plain `GET /health` may be answered without asking the app: it is enabled, and no limit is near. */
  readonly answersProbes: boolean;
  /** The answer to an error, which is logged when the answer does not explain it. */
  refuse(error: unknown, request?: FailedRequest): ErrorAnswer;
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
  const limits = resolveLimits(spec.limits, dependencies.limits);
  const webhook: Webhook = { spec, connection, network, limits };
  const admission = new Admission(limits.concurrentRequests);
  const app = new Hono();

  const refuse = (thrown: unknown, request: FailedRequest = { id: randomUUID() }): ErrorAnswer => {
    const error = FlyteWebhookError.from(thrown);
    if (isWorthLogging(error)) dependencies.onError?.(error, request);
    return errorAnswer(error, request.id);
  };
  const fail = (c: Context, thrown: unknown): Response => {
    const { status, headers, body } = refuse(thrown, { id: requestId(c), method: c.req.method, path: c.req.path });
    return new Response(body, { status, headers });
  };

  const endpoints = spec.endpoints.filter(isBuilt).map(endpointDefinition);
  const load = endpoints.map((endpoint) => mount(app, webhook, admission, endpoint, fail));
  mountDocs(app, spec, endpoints);
  // Asked only where no endpoint was found: a second handler on each path would cost every request that finds its own.
  const allowed = new RegExpRouter<EndpointDefinition>();
  for (const endpoint of endpoints) allowed.add(METHOD_NAME_ALL, honoPath(endpoint), endpoint);
  app.notFound((c) => {
    const [matches] = allowed.match(METHOD_NAME_ALL, c.req.path);
    const here = matches.map(([endpoint]) => endpoint);
    try {
      if (!OPEN_PATHS.has(c.req.path) && !here.some(({ auth }) => auth === "none")) authenticate(c);
      if (here.length === 0) throw new FlyteWebhookError("route_not_found", "Not Found");
    } catch (error) {
      return fail(c, error);
    }
    const response = fail(c, new FlyteWebhookError("method_not_allowed", "Method Not Allowed"));
    response.headers.set("allow", here.map(({ method }) => method).join(", "));
    return response;
  });
  app.onError((error, c) => fail(c, error));
  return Object.assign(app, {
    limits,
    answersProbes: spec.endpoints.includes("health") && limits.urlBytes >= LONGEST_PROBE,
    refuse,
    warm: async () => void (await Promise.all(load.map((one) => one()))),
  });
}

/** Paths that need no credentials even when there is nothing behind them. */
const OPEN_PATHS: ReadonlySet<string> = new Set([
  "/health",
  "/docs",
  "/openapi.json",
  "/redoc",
  "/docs/oauth2-redirect",
]);

/** Bytes of `http://host:port/health` with the longest host. */
const LONGEST_PROBE = 300;

const honoPath = (endpoint: EndpointDefinition): string => endpoint.path.replace(/\{(\w+)\}/g, ":$1");

/** Mounts one endpoint; returns what loads its route ahead of the first request. */
function mount(
  app: Hono,
  webhook: Webhook,
  admission: Admission,
  endpoint: EndpointDefinition,
  fail: (c: Context, error: unknown) => Response,
): () => Promise<unknown> {
  const { limits } = webhook;
  const own = viaEntry(webhook.spec);
  const changesState = endpoint.method !== "GET";
  let route: Route<BuiltEndpointId> | undefined;
  const load = async () => {
    route ??= (await ROUTES[endpoint.id as BuiltEndpointId]()) as Route<BuiltEndpointId>;
    return route;
  };

  app.on(endpoint.method, honoPath(endpoint), async (c) => {
    try {
      refuseOwnCall(c, own);
      // What asks nothing of anyone is answered however busy the webhook is.
      if (endpoint.auth === "none") return await answer(c, NOBODY);
      const caller = authenticate(c);
      if (changesState) refuseCrossSite(c, caller);
      const place = admission.enter();
      try {
        return await answer(c, caller, place);
      } finally {
        place.leave();
      }
    } catch (error) {
      return fail(c, error);
    }
  });

  async function answer(c: Context, caller: Caller, place?: Place): Promise<Response> {
    if (c.req.url.length > limits.urlBytes) {
      throw new FlyteWebhookError("uri_too_long", `The address is longer than ${limits.urlBytes} bytes`);
    }
    const path = pathParameters(c, endpoint);
    const inputs = endpoint.body === "inputs" ? await readInputs(c, limits) : NO_INPUTS;
    const query = queryOf(c);
    const bodyUnread = endpoint.rawBody !== undefined && isTrue(query?.getAll(endpoint.rawBody).at(-1));
    const options =
      endpoint.body === "options" && !bodyUnread
        ? await readOptions(c, limits, endpoint.listBody !== undefined)
        : undefined;
    const parameters = readParameters(endpoint, path, query, options);
    guard(webhook.spec, endpoint, parameters);
    const run = route ?? (await load());
    const allowedMs = timeAllowed(parameters, limits);
    const made = await withinDeadline({ allowedMs, callMs: limits.callMs, caller }, (call) =>
      run(webhook, { caller, call, parameters, inputs, bodyUnread, context: c }),
    );
    if ("response" in made) {
      place?.holdUntilClosed((c.env as { outgoing?: ServerResponse } | undefined)?.outgoing);
      made.response.headers.set("x-request-id", requestId(c));
      return made.response;
    }
    return new Response(bodyOf(stringifyJson(made.body as never)), {
      status: 200,
      headers: { "content-type": "application/json", "x-request-id": requestId(c), ...made.headers },
    });
  }
  return load;
}

/** Characters up to which a body goes to Node as a text. */
const SHORT_BODY = 4 * 1024;

/**
 * A short text as it is: Node joins it to the head, and one write of a text costs 5 µs less than a vector of two. A long
 * one as bytes, because it would be encoded once to know its length and again to be sent.
 */
const bodyOf = (text: string): string | Uint8Array<ArrayBuffer> =>
  text.length <= SHORT_BODY ? text : Buffer.from(text);

const NOBODY: Caller = {};
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

function requestId(c: Context): string {
  return requestIdOf(header(c, "x-request-id"));
}
