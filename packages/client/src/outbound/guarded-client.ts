import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Readable } from "node:stream";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { AddressGuard, type Resolve } from "./address-guard.ts";
import { Deadline } from "./deadline.ts";
import { failure } from "./failure.ts";
import { isBelow } from "./target-url.ts";

export interface GuardedClientOptions {
  /** Whether apps on this machine may be called. */
  readonly loopback: boolean;
  /** PEM text of the certificate authorities to trust beside Node's own. */
  readonly ca?: string | undefined;
  /** Accept any certificate. For tests and laptops. */
  readonly insecureSkipVerify?: boolean | undefined;
  /** For tests: another resolver of names. */
  readonly resolve?: Resolve | undefined;
}

export interface GuardedRequest {
  readonly url: URL;
  /** Where redirects are followed: below this address and nowhere else. Default: none is followed. */
  readonly redirectsBelow?: URL | undefined;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | Readable | undefined;
  /** Milliseconds until the answer is there: all of it, or with `streaming` its head and then each further part. */
  readonly timeoutMs: number;
  readonly streaming?: boolean | undefined;
  /** The caller's: when it is aborted the call ends. */
  readonly signal?: AbortSignal | undefined;
}

export interface GuardedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** Redirects of one call that are followed. */
const MAX_REDIRECTS = 5;

/** Milliseconds that a connection is kept for the next call; servers commonly keep theirs for five seconds. */
const KEEP_ALIVE_MS = 4000;

type Scheme = "http:" | "https:";

/**
 * Calls addresses that a control plane names (endpoints of apps, its store of uploads): over its own connections, never
 * through a proxy, and to no address that the {@link AddressGuard} refuses.
 */
export class GuardedClient {
  readonly #guard: AddressGuard;
  readonly #tls: Pick<GuardedClientOptions, "ca" | "insecureSkipVerify">;
  readonly #agents = new Map<Scheme, Agent>();

  constructor({ loopback, resolve, ...tls }: GuardedClientOptions) {
    this.#guard = new AddressGuard(loopback, resolve);
    this.#tls = tls;
  }

  /**
   * The answer, whatever its status. Throws `target_unreachable`, `target_timeout`, `bad_target` for an address
   * that is not called, `canceled`. What reading the body throws is told by {@link failure}.
   */
  async call(call: GuardedRequest): Promise<GuardedResponse> {
    const deadline = new Deadline(call);
    let { url, method, body } = call;
    let headers = call.headers;
    try {
      for (let redirects = 0; ; redirects++) {
        this.#guard.checkHost(url.hostname);
        const answer = await this.#exchange(url, method, headers, body, deadline);
        const next = redirects < MAX_REDIRECTS ? redirect(call, url, method, answer) : undefined;
        if (next === undefined) {
          const body = call.streaming ? deadline.parts(answer) : deadline.whole(answer);
          return { status: answer.statusCode ?? 0, headers: answer.headers, body };
        }
        answer.resume();
        if (next.method !== method) {
          const { "content-type": _, ...rest } = headers;
          [body, headers] = [undefined, rest];
        }
        ({ url, method } = next);
      }
    } catch (error) {
      deadline.clear();
      throw failure(error);
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  /** Sends one request; resolves with the head of its answer. */
  #exchange(
    url: URL,
    method: string,
    headers: Readonly<Record<string, string>>,
    body: GuardedRequest["body"],
    deadline: Deadline,
  ): Promise<IncomingMessage> {
    const scheme = url.protocol as Scheme;
    const options: RequestOptions = {
      method,
      headers: { ...headers, ...framing(headers, body) },
      agent: this.#agent(scheme),
      lookup: this.#guard.lookup,
    };
    return new Promise((resolve, reject) => {
      const request = httpModule(scheme).request(url, options, resolve);
      request.on("error", reject);
      deadline.onEnd((reason) => request.destroy(reason));
      send(request, body);
    });
  }

  /** What certificates are accepted; an app may have a public one where the control plane has one of its own authority. */
  #trust() {
    const { ca, insecureSkipVerify } = this.#tls;
    const { createSecureContext, getCACertificates } = process.getBuiltinModule("node:tls");
    return {
      rejectUnauthorized: insecureSkipVerify !== true,
      ...(ca !== undefined && { secureContext: createSecureContext({ ca: [...getCACertificates("default"), ca] }) }),
    };
  }

  #agent(scheme: Scheme): Agent {
    let agent = this.#agents.get(scheme);
    if (!agent) {
      const kept = { keepAlive: true, timeout: KEEP_ALIVE_MS };
      agent =
        scheme === "https:"
          ? new (process.getBuiltinModule("node:https").Agent)({ ...kept, ...this.#trust() })
          : new (process.getBuiltinModule("node:http").Agent)(kept);
      this.#agents.set(scheme, agent);
    }
    return agent;
  }
}

/** By `process.getBuiltinModule`, because an ES import of node:http costs start-up: its facade loads WebSocket. */
function httpModule(scheme: Scheme): Pick<typeof import("node:http"), "request"> {
  return process.getBuiltinModule(scheme === "https:" ? "node:https" : "node:http");
}

/** The headers that say how long a body is, where they are not given. */
function framing(headers: Readonly<Record<string, string>>, body: GuardedRequest["body"]): Record<string, string> {
  if (body === undefined || headers["content-length"] !== undefined) return {};
  if (typeof body === "string" || body instanceof Uint8Array) {
    return { "content-length": String(Buffer.byteLength(body)) };
  }
  return { "transfer-encoding": "chunked" };
}

function send(request: ClientRequest, body: GuardedRequest["body"]): void {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) return void request.end(body);
  // A body that ends early is the caller's doing; the app is not to blame.
  const end = () => request.destroy(new FlyteWebhookError("canceled", "the caller went away"));
  body.on("error", end);
  body.on("close", () => body.readableEnded || end());
  body.pipe(request);
}

/** Where a redirect leads when it may be followed, by the rules of Python's urllib: a POST becomes a GET. */
function redirect(
  { redirectsBelow }: GuardedRequest,
  from: URL,
  method: string,
  { statusCode = 0, headers }: IncomingMessage,
) {
  if (!redirectsBelow || ![301, 302, 303, 307, 308].includes(statusCode)) return undefined;
  const url = URL.parse(headers.location ?? "//", from.href);
  if (!url || !isBelow(redirectsBelow, url)) return undefined;
  if (method === "GET" || method === "HEAD") return { url, method };
  return method === "POST" && statusCode < 304 ? { url, method: "GET" } : undefined;
}
