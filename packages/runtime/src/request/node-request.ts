import type { IncomingMessage, ServerResponse } from "node:http";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { WebhookRequest } from "./webhook-request.ts";

/** A request that came to Node's server and needs nothing of Hono; its address is plain, so nothing in it is to be decoded. */
export class NodeRequest implements WebhookRequest {
  readonly #incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly path: string;
  readonly #parameter: (name: string) => string | undefined;

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    path: string,
    parameter: (name: string) => string | undefined,
  ) {
    this.#incoming = incoming;
    this.outgoing = outgoing;
    this.path = path;
    this.#parameter = parameter;
  }

  get method(): string {
    return this.#incoming.method ?? "";
  }

  get url(): string {
    return `http://${this.#incoming.headers.host}${this.#incoming.url}`;
  }

  get hasBody(): boolean {
    return hasBody(this.#incoming);
  }

  get signal(): AbortSignal {
    const gone = new AbortController();
    this.outgoing.once("close", () => {
      if (!this.outgoing.writableFinished) gone.abort();
    });
    return gone.signal;
  }

  header(name: string): string | undefined {
    return headerOf(this.#incoming, name);
  }

  parameter(name: string): string | undefined {
    return this.#parameter(name);
  }

  bytes(limit: number): Promise<Uint8Array> {
    return readBytes(this.#incoming, limit);
  }

  stream(): IncomingMessage {
    return this.#incoming;
  }
}

export function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** Whether a body comes with it: HTTP/1.1 says so by one of two headers. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

/** The bytes of the body, at most `limit` of them. Throws `payload_too_large`, and `canceled` when it ends early. */
export function readBytes(incoming: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (Number(incoming.headers["content-length"]) > limit) return reject(tooLarge(limit));
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        // The rest is read and dropped, so that the answer reaches the sender.
        incoming.removeAllListeners("data");
        incoming.resume();
        reject(tooLarge(limit));
      } else chunks.push(chunk);
    });
    incoming.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const goneAway = () => reject(new FlyteWebhookError("canceled", "the caller went away"));
    // A body that ends early, or is no HTTP any more, is the caller's doing.
    incoming.on("error", goneAway);
    incoming.on("close", () => {
      if (!incoming.complete) goneAway();
    });
  });
}

export const tooLarge = (limit: number) =>
  new FlyteWebhookError("payload_too_large", `The body is larger than ${limit} bytes`);
