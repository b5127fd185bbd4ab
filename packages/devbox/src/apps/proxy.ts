import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Duplex, finished } from "node:stream";
import { endToEnd, forwardedHeaders, type RawHeaders } from "./proxy-headers.ts";
import type { Replica } from "./replica.ts";

/** An app as its proxy sees it. */
export interface Upstream {
  readonly name: string;
  /** Milliseconds that the app may take until it begins to answer. */
  readonly requestTimeoutMs: number;
  /** The process that serves now, or once it has started. Throws {@link Refusal} when there is none to be had. */
  serving(signal: AbortSignal): Promise<Replica>;
}

/** An answer of the proxy itself. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Passes one request on to the app and its answer back, both as streams. Whoever goes away first ends the other side.
 * A process that ended before anything was sent to it is no failure: the request goes to its successor.
 */
export async function proxyRequest(
  upstream: Upstream,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    for (let attempt = 0; ; attempt++) {
      const replica = await upstream.serving(gone.signal);
      const leave = replica.enter();
      finished(response, { readable: false }, leave);
      const sent = await exchange(upstream, replica, request, response, gone.signal).finally(() => {
        if (response.closed) leave();
      });
      if (sent) return;
      leave();
      if (attempt >= MAX_ATTEMPTS) throw new Refusal(502, `App ${upstream.name} closed the connection`);
    }
  } catch (error) {
    if (gone.signal.aborted) return;
    refuse(response, error instanceof Refusal ? error : new Refusal(502, `App ${upstream.name} could not be reached`));
  }
}
