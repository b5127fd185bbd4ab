import type { IncomingMessage } from "node:http";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { isLoopbackHost } from "../outbound/address-guard.ts";
import { GuardedClient } from "../outbound/guarded-client.ts";
import { tlsHint } from "../tls-failure.ts";
import { tlsOptions } from "../transport/options.ts";

export interface OAuthFetchOptions {
  /** The control plane's, which names the addresses. */
  readonly origin: string;
  /** PEM text of the certificate authorities to trust beside Node's own. */
  readonly ca?: string | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
  /** Environment whose `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` count; absent: no proxy, and only addresses that a control plane may name. */
  readonly proxyEnv?: NodeJS.ProcessEnv | undefined;
}

/** What the OAuth library needs of `fetch`. */
export type OAuthFetch = (url: string, init: OAuthRequest) => Promise<Response>;

interface OAuthRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that one request takes at most. */
const TIMEOUT_MS = 10_000;
/** Bytes of the largest answer that is read. */
const MAX_BYTES = 1024 * 1024;

/**
 * Requests to an authorization server, with the trust (certificate authorities, verification) of the connection to the
 * control plane that names it. Redirects are never followed. Throws `unavailable`, or `internal` for an address that is
 * not called or an answer that is too large.
 */
export function createOAuthFetch(options: OAuthFetchOptions): OAuthFetch {
  const send = options.proxyEnv === undefined ? guarded(options) : proxied(options, options.proxyEnv);
  return async (address, { method, headers, body, signal }) => {
    const url = new URL(address);
    const request = { url, method, headers, ...(body != null && { body: String(body) }), signal };
    try {
      const { status, headers: answered, body: stream } = await send(request);
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > MAX_BYTES) throw new FlyteWebhookError("internal", `the answer of ${url.host} is too large`);
        chunks.push(chunk);
      }
      const bytes = [204, 205, 304].includes(status) ? null : withoutIdToken(Buffer.concat(chunks));
      const type = answered["content-type"];
      return new Response(bytes, { status, headers: typeof type === "string" ? { "content-type": type } : {} });
    } catch (error) {
      throw told(error, url.host);
    }
  };
}

interface Sent {
  readonly url: URL;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}
type Send = (request: Sent) => Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<unknown>;
}>;

function guarded({ origin, ca, insecureSkipVerify }: OAuthFetchOptions): Send {
  const loopback = isLoopbackHost(new URL(origin).hostname);
  const client = new GuardedClient({ loopback, ca, insecureSkipVerify });
  return (request) => client.call({ ...request, timeoutMs: TIMEOUT_MS });
}

/** Node's own client, which knows proxies; for people's machines, where the addresses are the user's own business. */
function proxied(options: OAuthFetchOptions, proxyEnv: NodeJS.ProcessEnv): Send {
  return async ({ url, method, headers, body, signal }) => {
    const isTls = url.protocol === "https:";
    const { Agent, request: start } = isTls ? await import("node:https") : await import("node:http");
    const agent = new Agent({ proxyEnv, ...(isTls && tlsOptions(options)) });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const end = signal ? AbortSignal.any([signal, timeout]) : timeout;
      const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
      const request = start(url, { method, headers: { ...headers, ...length }, agent, signal: end }, resolve);
      request.on("error", reject);
      request.end(body);
    });
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: answer };
  };
}

/** Nobody here asks who the user is; an identity token beside the access token would only be one more thing to fail. */
function withoutIdToken(bytes: Buffer): Uint8Array<ArrayBuffer> {
  if (bytes.includes('"id_token"')) {
    try {
      const { id_token: _, ...rest } = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
      return new TextEncoder().encode(JSON.stringify(rest));
    } catch {
      // No JSON: the reader of the answer says so.
    }
  }
  return new Uint8Array(bytes);
}

function told(error: unknown, host: string): FlyteWebhookError {
  const { code, message } = error as { code?: string; message?: string };
  if (error instanceof FlyteWebhookError && (code === "internal" || code === "canceled")) return error;
  const text = `the authorization server ${host}`;
  if (code === "bad_target") {
    return new FlyteWebhookError(
      "internal",
      `${text} is not called: its address is none that a control plane may name`,
    );
  }
  const hint = tlsHint(error);
  const options = { cause: error, ...(hint && { hint }) };
  return new FlyteWebhookError("unavailable", `${text} cannot be reached: ${message ?? String(error)}`, options);
}
