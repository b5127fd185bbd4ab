import type { Caller } from "@flyte-webhook/client/caller";
import type { EndpointId } from "@flyte-webhook/core";
import type { JsonObject } from "@flyte-webhook/literals/json-text";
import type { Answers } from "../openapi/answers.ts";
import type { NextCall } from "../request/deadline.ts";
import type { Parameters } from "../request/parameters.ts";
import type { WebhookRequest } from "../request/webhook-request.ts";
import type { Webhook } from "../webhook.ts";

/** A request that has passed authentication, validation, the self-reference check and the allow-list. */
export interface RouteRequest {
  readonly caller: Caller;
  /** What each control-plane call made for this request takes. */
  readonly call: NextCall;
  /** Values of the endpoint's parameters, defaults filled in. */
  readonly parameters: Parameters;
  /** Task inputs, for the endpoints whose body is that. */
  readonly inputs: JsonObject;
  /** Whether the body was left unread, to be passed on as it stands. */
  readonly bodyUnread?: boolean;
  /** Whether the run it is about must be one that stores a model; then the allow-list of tasks does not count. */
  readonly onlyPrefetch?: boolean;
  /** The request itself, for what travels through: its signal, its body when that was left unread. */
  readonly received: WebhookRequest;
}

/**
 * What an endpoint does once the request is known to be good. The type of its answer comes from the schema that the
 * OpenAPI document shows, so the two cannot drift apart.
 */
export type Route<Id extends EndpointId & keyof Answers> = (
  webhook: Webhook,
  request: RouteRequest,
) => Promise<RouteAnswer<Answers[Id]>>;

export type RouteAnswer<Body> =
  | {
      readonly body: Body;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** An answer that is not made here but passed on. */
  | { readonly response: Response };
