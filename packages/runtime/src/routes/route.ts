import type { Caller } from "@flyte-webhook/client/caller";
import type { EndpointId } from "@flyte-webhook/core";
import type { JsonObject } from "@flyte-webhook/literals";
import type { Answers } from "../openapi/answers.ts";
import type { Parameters } from "../request/parameters.ts";
import type { Webhook } from "../webhook.ts";

/** A request that has passed authentication, validation, the self-reference check and the allow-list. */
export interface RouteRequest {
  readonly caller: Caller;
  /** Values of the endpoint's parameters, defaults filled in. */
  readonly parameters: Parameters;
  /** Task inputs, for the endpoints whose body is that. */
  readonly inputs: JsonObject;
}

/**
 * What an endpoint does once the request is known to be good. The type of its answer comes from the schema that the
 * OpenAPI document shows, so the two cannot drift apart.
 */
export type Route<Id extends EndpointId & keyof Answers> = (
  webhook: Webhook,
  request: RouteRequest,
) => Promise<RouteAnswer<Answers[Id]>>;

export interface RouteAnswer<Body> {
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>>;
}
