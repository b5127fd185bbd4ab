import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Context } from "hono";
import { hasBody, headerOf, readBytes, tooLarge } from "./node-request.ts";

/** A request as the webhook reads it, whether Hono received it or Node. */
export interface WebhookRequest {
  readonly method: string;
  readonly path: string;
  /** The whole address, query included. */
  readonly url: string;
  /** Whether a body comes with it, be it an empty one. */
  readonly hasBody: boolean;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  /** Where the answer goes, behind Node's server. */
  readonly outgoing: ServerResponse | undefined;
  /** A header by its name in lower case; the first one of several that do not belong together. */
  header(name: string): string | undefined;
  /** A parameter of the path, decoded. */
  parameter(name: string): string | undefined;
  /** The body, at most `limit` bytes of it. Throws `payload_too_large`, and `canceled` when it ends early. */
  bytes(limit: number): Promise<Uint8Array>;
  /** The body as it comes in. */
  stream(): Readable | ReadableStream | undefined;
}

/** What Node's server has of a request, where there is one. */
interface Bindings {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
}

/** A request that Hono's router has found the endpoint of. */
export class ContextRequest implements WebhookRequest {
  readonly #context: Context;
  readonly #incoming: IncomingMessage | undefined;
  readonly outgoing: ServerResponse | undefined;

  constructor(context: Context) {
    const { incoming, outgoing } = (context.env ?? {}) as Bindings;
    this.#context = context;
    this.#incoming = incoming;
    this.outgoing = outgoing;
  }

  get method(): string {
    return this.#context.req.method;
  }

  get path(): string {
    return this.#context.req.path;
  }

  get url(): string {
    return this.#context.req.url;
  }

  get hasBody(): boolean {
    return this.#incoming ? hasBody(this.#incoming) : this.#context.req.raw.body !== null;
  }

  get signal(): AbortSignal {
    return this.#context.req.raw.signal;
  }

  header(name: string): string | undefined {
    // Node's parsed headers are at hand behind a server, and building a `Headers` object is not free.
    return this.#incoming ? headerOf(this.#incoming, name) : this.#context.req.header(name);
  }

  parameter(name: string): string | undefined {
    return this.#context.req.param(name);
  }

  async bytes(limit: number): Promise<Uint8Array> {
    if (this.#incoming) return readBytes(this.#incoming, limit);
    if (Number(this.header("content-length")) > limit) throw tooLarge(limit);
    const bytes = new Uint8Array(await this.#context.req.arrayBuffer());
    if (bytes.length > limit) throw tooLarge(limit);
    return bytes;
  }

  stream(): Readable | ReadableStream | undefined {
    return this.#incoming ?? this.#context.req.raw.body ?? undefined;
  }
}
