import { randomUUID } from "node:crypto";
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
import { type Context, Hono } from "hono";
import { METHOD_NAME_ALL } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { mountDocs } from "./docs/docs.ts";
import { Admission } from "./request/admission.ts";
import { type Answer, bodyOf } from "./request/answer.ts";
import { authenticate } from "./request/auth.ts";
import { errorAnswer, isWorthLogging } from "./request/error-response.ts";
import { requestIdOf } from "./request/request-id.ts";
import { ContextRequest, type WebhookRequest } from "./request/webhook-request.ts";
import { isBuilt } from "./routes/index.ts";
import { ServedEndpoint } from "./served-endpoint.ts";
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

export interface FoundEndpoint {
  readonly endpoint: ServedEndpoint;
  /** A parameter of the path. */
  readonly parameter: (name: string) => string | undefined;
}

export interface WebhookApp extends Hono {
  /** What the server that serves it keeps to as well. */
  readonly limits: WebhookLimits;
  /** Whether a plain `GET /health` may be answered without asking the app: it is enabled, and no limit is near. */
  readonly answersProbes: boolean;
  /** The endpoint at a path without anything encoded in it, for a server that answers without the rest of the app. */
  endpointAt(method: string, path: string): FoundEndpoint | undefined;
  /** The answer to an error, which is logged when the answer does not explain it. */
  refuse(error: unknown, request?: FailedRequest | WebhookRequest): Answer;
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

  const refuse: WebhookApp["refuse"] = (thrown, request = { id: randomUUID() }) => {
    const error = FlyteWebhookError.from(thrown);
    const failed = "id" in request ? request : failedRequest(request);
    if (isWorthLogging(error)) dependencies.onError?.(error, failed);
    return errorAnswer(error, failed.id);
  };
  const fail = (c: Context, thrown: unknown): Response => toResponse(refuse(thrown, new ContextRequest(c)));

  const endpoints = spec.endpoints.filter(isBuilt).map(endpointDefinition);
  const served = endpoints.map((definition) => new ServedEndpoint(webhook, admission, definition));
  const direct = new RegExpRouter<ServedEndpoint>();
  for (const endpoint of served) {
    const { definition } = endpoint;
    if (endpoint.answersItself) direct.add(definition.method, honoPath(definition), endpoint);
    app.on(definition.method, honoPath(definition), async (c) => {
      try {
        const answer = await endpoint.answer(new ContextRequest(c));
        return "response" in answer ? answer.response : toResponse(answer);
      } catch (error) {
        return fail(c, error);
      }
    });
  }
  mountDocs(app, spec, endpoints);
  // Asked only where no endpoint was found: a second handler on each path would cost every request that finds its own.
  const allowed = new RegExpRouter<EndpointDefinition>();
  for (const endpoint of endpoints) allowed.add(METHOD_NAME_ALL, honoPath(endpoint), endpoint);
  app.notFound((c) => {
    const [matches] = allowed.match(METHOD_NAME_ALL, c.req.path);
    const here = matches.map(([endpoint]) => endpoint);
    try {
      if (!OPEN_PATHS.has(c.req.path) && !here.some(({ auth }) => auth === "none")) authenticate(new ContextRequest(c));
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
    endpointAt(method: string, path: string) {
      const [matches, values] = direct.match(method, path);
      const [endpoint, places] = matches[0] ?? [];
      // A path without parameters has none to look up, and the router then gives no values.
      const parameter = (name: string) => values?.[places?.[name] as number];
      return endpoint && { endpoint, parameter };
    },
    warm: async () => void (await Promise.all(served.map((endpoint) => endpoint.load()))),
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

const toResponse = (answer: Answer): Response =>
  new Response(bodyOf(answer), { status: answer.status, headers: answer.headers });

function failedRequest(request: WebhookRequest): FailedRequest {
  return { id: requestIdOf(request.header("x-request-id")), method: request.method, path: request.path };
}
