import { Readable } from "node:stream";
import { DeploymentStatus, deploymentStatus, publicUrl } from "@flyte-webhook/client/app-status";
import { type App, Apps } from "@flyte-webhook/client/apps";
import { appEndpoint, targetUrl } from "@flyte-webhook/client/outbound";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type JsonObject, type JsonValue, stringifyJson, withFloats } from "@flyte-webhook/literals";
import { viaEntry, viaOf } from "../request/via.ts";
import type { Webhook } from "../webhook.ts";
import { appName } from "./app-answer.ts";
import { bufferedAnswer, streamedAnswer } from "./call-answer.ts";
import { outbound } from "./outbound.ts";
import { queryPairs } from "./query-pairs.ts";
import type { Route, RouteRequest } from "./route.ts";

/**
 * Calls an app at its own endpoint and nowhere else, with the caller's `Authorization` (and, when asked for, `Cookie`).
 * The answer is the app's JSON with status 200, or `{response: text}`, as in Python; an error of the app keeps its status.
 * With `stream` bodies pass through both ways and the status is always the app's.
 */
export const callApp: Route<"call_app"> = async (webhook, request) => {
  const { connection, limits, spec } = webhook;
  const { call, caller, parameters, received } = request;
  targetUrl(ANYWHERE, String(parameters.path)); // A path that is no good is told before anything is asked.
  const app = await new Apps(connection).get(appName(parameters), call());
  const endpoint = endpointOf(webhook, request, app);
  // The secret of an API key is for the control plane alone; an app gets the token that it knows callers by.
  const authorization = await connection.authorizationOf(call());
  const streaming = parameters.stream === true;
  const method = String(parameters.method);
  const answer = await outbound(webhook).call({
    redirectsBelow: streaming ? undefined : endpoint,
    url: targetUrl(endpoint, String(parameters.path), queryPairs(parameters.query_params as JsonObject | undefined)),
    method,
    headers: {
      "user-agent": `flyte-webhook/${spec.name}`,
      via: viaOf(received, viaEntry(spec)),
      ...(authorization && { authorization }),
      ...(parameters.forward_cookie === true && caller.cookie && { cookie: caller.cookie }),
      ...(streaming ? passedHeaders(request) : { "accept-encoding": "identity" }),
      ...(hasPayload(request) && { "content-type": "application/json" }),
    },
    body: request.bodyUnread
      ? bodyOf(request)
      : hasPayload(request)
        ? stringifyJson(withFloats((parameters.payload ?? null) as JsonValue))
        : undefined,
    timeoutMs: Number(parameters.timeout) * 1000,
    streaming,
    signal: received.signal,
  });
  return { response: streaming ? streamedAnswer(answer, method) : await bufferedAnswer(answer, limits.answerBytes) };
};

const ANYWHERE = new URL("https://app.invalid/");

/** The app's endpoint, when it can be called. Throws `failed_precondition` with its state, `bad_target`, `self_reference`. */
function endpointOf({ connection, spec }: Webhook, { received }: RouteRequest, app: App): URL {
  const name = app.metadata?.id?.name ?? "";
  const status = deploymentStatus(app);
  if (NOT_SERVING.has(status)) {
    throw new FlyteWebhookError("failed_precondition", `App ${name} is ${DeploymentStatus[status].toLowerCase()}`);
  }
  if (publicUrl(app) === "") {
    throw new FlyteWebhookError(
      "failed_precondition",
      `App ${name} has no address (it is ${DeploymentStatus[status]})`,
    );
  }
  const endpoint = appEndpoint(publicUrl(app), connection.origin.startsWith("http:"));
  const id = app.metadata?.id;
  const isOwnId = id?.name === spec.name && id.project === spec.project && id.domain === spec.domain;
  const isOwnHost = URL.parse(`${endpoint.protocol}//${received.header("host")}`)?.host === endpoint.host;
  if (isOwnId || isOwnHost) throw self();
  return endpoint;
}

const NOT_SERVING: ReadonlySet<DeploymentStatus> = new Set([
  DeploymentStatus.UNASSIGNED,
  DeploymentStatus.STOPPED,
  DeploymentStatus.FAILED,
]);

const self = () => new FlyteWebhookError("self_reference", "Cannot call self");

function takesBody({ parameters: { method } }: RouteRequest): boolean {
  return method !== "GET" && method !== "HEAD" && method !== "OPTIONS";
}

function hasPayload(request: RouteRequest): boolean {
  const { payload } = request.parameters;
  return !request.bodyUnread && takesBody(request) && payload !== undefined;
}

/** Headers of the request that belong to its body or say what answer is wanted. */
const PASSED = [
  "accept",
  "accept-encoding",
  "accept-language",
  "content-encoding",
  "content-language",
  "content-length",
  "content-type",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-unmodified-since",
  "range",
];

function passedHeaders(request: RouteRequest): Record<string, string> {
  const names =
    takesBody(request) && request.bodyUnread ? PASSED : PASSED.filter((name) => !name.startsWith("content-"));
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = request.received.header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The request's body as it comes in. */
function bodyOf(request: RouteRequest): Readable | undefined {
  const { received } = request;
  const body = takesBody(request) && received.hasBody ? received.stream() : undefined;
  return body instanceof ReadableStream ? Readable.fromWeb(body as never) : body;
}
