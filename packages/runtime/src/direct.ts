import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, bodyOf } from "./request/answer.ts";
import { NodeRequest } from "./request/node-request.ts";
import type { FoundEndpoint, WebhookApp } from "./webhook-app.ts";

/** A host that is good in any address; of other ones the whole app judges. */
export const PLAIN_HOST = /^[\w.-]{1,255}(?::[1-5]?\d{1,4})?$/;

/** A path without anything encoded, empty or of dots alone, and a query: addresses that mean what they are. */
const PLAIN_TARGET = /^(?:\/[\w~-][\w.~-]*)+(?:\?[!$-~]*)?$/;

/**
 * Answers a request to an endpoint on Node's own objects. What most requests ask needs no router of Hono's, no `Request` and
 * no `Response`; and as long as nobody asks for anything else, Node does not load what `fetch` is made of, 7 MiB and 25 ms
 * of start-up. False for a request that has to be looked at: whatever its address is, the app answers it alike.
 */
export function answerDirectly(app: WebhookApp, incoming: IncomingMessage, outgoing: ServerResponse): boolean {
  const { method = "", url = "", headers } = incoming;
  if (headers.host === undefined || !PLAIN_HOST.test(headers.host) || !PLAIN_TARGET.test(url)) return false;
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  const found = app.endpointAt(method, path);
  if (found === undefined) return false;
  void answer(app, found, new NodeRequest(incoming, outgoing, path, found.parameter), outgoing);
  return true;
}

async function answer(
  app: WebhookApp,
  { endpoint }: FoundEndpoint,
  request: NodeRequest,
  outgoing: ServerResponse,
): Promise<void> {
  try {
    const made = await endpoint.answer(request);
    if ("response" in made) throw new TypeError(`${endpoint.definition.id} passes an answer on`);
    send(made, outgoing);
  } catch (error) {
    const told = app.refuse(error, request);
    if (outgoing.headersSent) outgoing.destroy();
    else send(told, outgoing);
  }
  if (request.hasBody) dropRest(outgoing.req);
}

function send(answer: Answer, outgoing: ServerResponse): void {
  const body = bodyOf(answer);
  const length = body === null ? {} : { "content-length": Buffer.byteLength(body) };
  outgoing.writeHead(answer.status, { ...answer.headers, ...length });
  outgoing.end(body);
}

/** Milliseconds that a caller whose body nobody reads has to end it, so that it reads the answer first. */
const REST_MS = 500;

/** Reads and drops what is still to come of a body; ends the connection when that takes long. */
function dropRest(incoming: IncomingMessage): void {
  if (incoming.complete) return;
  const timer = setTimeout(() => incoming.socket.destroySoon(), REST_MS).unref();
  for (const over of ["end", "close"]) incoming.once(over, () => clearTimeout(timer));
  incoming.resume();
}
