import type { Caller } from "@flyte-webhook/client/caller";
import { type EndpointDefinition, FlyteWebhookError } from "@flyte-webhook/core";
import { stringifyJson } from "@flyte-webhook/literals/json-text";
import type { Admission, Place } from "./request/admission.ts";
import type { Answer } from "./request/answer.ts";
import { authenticate, refuseCrossSite } from "./request/auth.ts";
import { readInputs, readOptions } from "./request/body.ts";
import { isTrue } from "./request/coerce.ts";
import { timeAllowed, withinDeadline } from "./request/deadline.ts";
import { guard } from "./request/guard.ts";
import { readParameters } from "./request/parameters.ts";
import { requestIdOf } from "./request/request-id.ts";
import { refuseOwnCall, viaEntry } from "./request/via.ts";
import type { WebhookRequest } from "./request/webhook-request.ts";
import { type BuiltEndpointId, ROUTES } from "./routes/index.ts";
import type { Route } from "./routes/route.ts";
import type { Webhook } from "./webhook.ts";

/** An answer made here, or one that is passed on as it comes. */
export type Answered = Answer | { readonly response: Response };

/** An endpoint as it is served: what every request to it passes before its route, and what becomes of the answer. */
export class ServedEndpoint {
  readonly definition: EndpointDefinition;
  readonly #webhook: Webhook;
  readonly #admission: Admission;
  readonly #own: string;
  #route: Route<BuiltEndpointId> | undefined;

  constructor(webhook: Webhook, admission: Admission, definition: EndpointDefinition) {
    this.definition = definition;
    this.#webhook = webhook;
    this.#admission = admission;
    this.#own = viaEntry(webhook.spec);
  }

  /** Whether each answer is made here; else it may be one of an app, which is passed on as it comes. */
  get answersItself(): boolean {
    return this.definition.rawBody === undefined;
  }

  /** Loads the route, ahead of the first request that needs it. */
  async load(): Promise<Route<BuiltEndpointId>> {
    this.#route ??= (await ROUTES[this.definition.id as BuiltEndpointId]()) as Route<BuiltEndpointId>;
    return this.#route;
  }

  /** Answers a request. Throws what the caller is to be told of an error as `FlyteWebhookError`, and whatever a bug throws. */
  async answer(request: WebhookRequest): Promise<Answered> {
    refuseOwnCall(request, this.#own);
    // What asks nothing of anyone is answered however busy the webhook is.
    if (this.definition.auth === "none") return await this.#work(request, NOBODY);
    const caller = authenticate(request);
    if (this.definition.method !== "GET") refuseCrossSite(request, caller);
    const place = this.#admission.enter();
    try {
      return await this.#work(request, caller, place);
    } finally {
      place.leave();
    }
  }

  async #work(request: WebhookRequest, caller: Caller, place?: Place): Promise<Answered> {
    const { definition } = this;
    const { limits, spec } = this.#webhook;
    const { url } = request;
    if (url.length > limits.urlBytes) {
      throw new FlyteWebhookError("uri_too_long", `The address is longer than ${limits.urlBytes} bytes`);
    }
    const path = pathParameters(request, definition);
    const inputs = definition.body === "inputs" ? await readInputs(request, limits) : NO_INPUTS;
    const query = queryOf(url);
    const bodyUnread = definition.rawBody !== undefined && isTrue(query?.getAll(definition.rawBody).at(-1));
    const options =
      definition.body === "options" && !bodyUnread
        ? await readOptions(request, limits, definition.listBody !== undefined)
        : undefined;
    const parameters = readParameters(definition, path, query, options);
    guard(spec, definition, parameters);
    const route = this.#route ?? (await this.load());
    const allowedMs = timeAllowed(parameters, limits);
    const made = await withinDeadline({ allowedMs, callMs: limits.callMs, caller }, (call) =>
      route(this.#webhook, { caller, call, parameters, inputs, bodyUnread, received: request }),
    );
    const id = requestIdOf(request.header("x-request-id"));
    if ("response" in made) {
      place?.holdUntilClosed(request.outgoing);
      made.response.headers.set("x-request-id", id);
      return made;
    }
    return {
      status: 200,
      headers: { "content-type": "application/json", "x-request-id": id, ...made.headers },
      body: stringifyJson(made.body as never),
    };
  }
}

const NOBODY: Caller = {};
const NO_INPUTS = Object.create(null);

/** Parameters of the path, decoded. One that holds a slash is another path, as in Python: 404. */
function pathParameters(request: WebhookRequest, { parameters }: EndpointDefinition): Record<string, string> {
  const values: Record<string, string> = {};
  for (const parameter of parameters) {
    if (parameter.in !== "path") continue;
    const value = request.parameter(parameter.name) ?? "";
    if (value.includes("/")) throw new FlyteWebhookError("route_not_found", "Not Found");
    values[parameter.name] = value;
  }
  return values;
}

function queryOf(url: string): URLSearchParams | undefined {
  const start = url.indexOf("?");
  return start < 0 ? undefined : new URLSearchParams(url.slice(start));
}
