import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { type Auth, type Credentials, createCredentials, plainHeaders } from "./auth/credentials.ts";
import type { TokenSource } from "./auth/token-source.ts";
import { type Authorized, TokenCall } from "./auth/with-token.ts";
import { CallContext } from "./call-context.ts";
import { type CallOptions, callerKey } from "./caller.ts";
import { consoleBase } from "./console-url.ts";
import { parseEndpoint } from "./endpoint.ts";
import { DEFAULT_TIMEOUT_MS, type TransportOptions } from "./transport/options.ts";
import { createTransport } from "./transport/transport.ts";
import { wantedFieldsKey } from "./transport/wanted-fields.ts";

/** Organisation, project and domain that calls are about when they name none. `org` is empty on an open-source plane. */
export interface Scope {
  readonly org: string;
  readonly project: string;
  readonly domain: string;
}

/** The platform's own task (`remote`), the first builder of this machine (`local`), or a certain one. */
export type ImageBuilder = "remote" | "local" | "docker" | "podman" | "buildah";

export interface ConnectionOptions extends Omit<TransportOptions, "endpoint" | "headers"> {
  /** `dns:///host:port`, `host:port`, `https://host` or `http://host`. */
  readonly endpoint: string;
  /** Plain HTTP for an endpoint that does not say its scheme. Default false. */
  readonly insecure?: boolean | undefined;
  readonly org?: string | undefined;
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
  /**
   * Credentials of calls that bring none of their own: a Flyte API key (exchanged for an access token), or any token, sent
   * as bearer.
   */
  readonly apiKey?: string | undefined;
  /** How to log in when there is no `apiKey`; made by `loginWith`. Default: calls go without credentials. */
  readonly auth?: Auth | undefined;
  /** Environment whose proxies (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) count; absent: no proxy is used. */
  readonly proxyEnv?: NodeJS.ProcessEnv | undefined;
  /** Where people look at runs and apps. Default: the console that goes with the endpoint. */
  readonly consoleUrl?: string | undefined;
  /** Who builds images of this control plane's apps. Default `local`. */
  readonly imageBuilder?: ImageBuilder | undefined;
  /** Where images go that are built on this machine and name no registry. */
  readonly imageRegistry?: string | undefined;
  /** Images by the names that declarations give them. */
  readonly imageRefs?: Readonly<Record<string, string>> | undefined;
  /** For tests: another transport, such as Connect's in-memory router. */
  readonly transport?: Transport | undefined;
}

/** A control plane as seen from here: how to reach it and what calls are about. */
export interface Connection {
  readonly origin: string;
  readonly scope: Scope;
  readonly consoleUrl: string;
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: CallOptions,
  ): Promise<MessageShape<O>>;
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    options?: CallOptions,
  ): AsyncIterable<MessageShape<O>>;
  /**
   * The `Authorization` of a call as the control plane gets it: the caller's own, an API key as the access token that stands
   * for it. Throws as a call does when there is no token for a key.
   */
  authorizationOf(options: CallOptions): Promise<string | undefined>;
  /** The same connection to another address: a cluster that holds the data of this control plane. */
  at(clusterEndpoint: string): Connection;
  close(): Promise<void>;
}

export function createConnection(options: ConnectionOptions): Connection {
  return connect(options, undefined);
}

/** `shared`: the credentials of the connection that this one is made from; they are the same whatever cluster is called. */
function connect(options: ConnectionOptions, shared: Credentials | undefined): Connection {
  const endpoint = parseEndpoint(options.endpoint, options.insecure);
  const { origin } = endpoint;
  const scope = { org: options.org ?? "", project: options.project ?? "", domain: options.domain ?? "" };
  const consoleUrl = (options.consoleUrl ?? consoleBase(origin)).replace(/\/+$/, "");
  const clusters = new Map<string, Connection>();
  const own = ownTransport({ ...options, endpoint, headers: plainHeaders(options) }, options.proxyEnv);
  const transport = options.transport ?? own;

  async function send<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    call: CallOptions,
    timeoutMs: number,
    headers?: Authorized["headers"],
  ): Promise<MessageShape<O>> {
    const deadline = performance.now() + timeoutMs;
    for (let attempt = 0; ; attempt++) {
      try {
        const left = attempt === 0 ? timeoutMs : Math.max(1, Math.round(deadline - performance.now()));
        return (await transport.unary(method, call.signal, left, headers, request, contextOf(call))).message;
      } catch (error) {
        const failure = await failureOf(error);
        const pause = failure.code === "unavailable" && isRead(method) ? RETRY_PAUSES_MS[attempt] : undefined;
        if (pause === undefined || performance.now() + pause >= deadline || call.signal?.aborted) throw failure;
        await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
      }
    }
  }

  async function sendWithToken<I extends DescMessage, O extends DescMessage>(
    source: TokenSource,
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    call: CallOptions,
    timeoutMs: number,
  ): Promise<MessageShape<O>> {
    const tokens = new TokenCall(source, call, timeoutMs);
    const attempt = ({ caller, headers, timeoutMs: left = timeoutMs }: Authorized) =>
      send(method, request, { ...call, caller }, left, headers);
    const first = await tokens.first();
    try {
      return await attempt(first);
    } catch (error) {
      const second = await tokens.again(error);
      if (second === undefined) throw error;
      return attempt(second).catch(TokenCall.refusedAgain);
    }
  }

  async function* open<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    call: CallOptions,
    headers?: Authorized["headers"],
  ): AsyncGenerator<MessageShape<O>> {
    // Whoever stops reading ends the call; without it the connection would stay open, and the process with it.
    const ended = new AbortController();
    const signal = call.signal ? AbortSignal.any([call.signal, ended.signal]) : ended.signal;
    try {
      const once = (async function* () {
        yield request;
      })();
      const response = await transport.stream(method, signal, call.timeoutMs, headers, once, contextOf(call));
      yield* response.message;
    } catch (error) {
      throw await failureOf(error);
    } finally {
      ended.abort();
    }
  }

  const credentials =
    shared ??
    createCredentials(options, {
      origin,
      aliases: URL.canParse(consoleUrl) ? [consoleUrl] : [],
      ca: options.ca,
      insecureSkipVerify: options.insecureSkipVerify,
      proxyEnv: options.proxyEnv,
      unary: (method, request, call = {}) => send(method, request, call, call.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    });

  const connection: Connection = {
    origin,
    scope,
    consoleUrl,
    unary(method, request, call = {}) {
      const timeoutMs = call.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      try {
        const source = credentials(call);
        // The common case takes no turn of its own.
        if (source === undefined) return send(method, request, call, timeoutMs);
        return sendWithToken(source, method, request, call, timeoutMs);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async *stream(method, request, call = {}) {
      const source = credentials(call);
      if (source === undefined) return yield* open(method, request, call);
      const tokens = new TokenCall(source, call, call.timeoutMs);
      const attempt = ({ caller, headers, timeoutMs }: Authorized) =>
        open(method, request, { ...call, caller, timeoutMs }, headers);
      let started = false;
      try {
        for await (const message of attempt(await tokens.first())) {
          started = true;
          yield message;
        }
      } catch (error) {
        // What was told already must not be told again.
        const second = started ? undefined : await tokens.again(error);
        if (second === undefined) throw error;
        try {
          yield* attempt(second);
        } catch (again) {
          TokenCall.refusedAgain(again);
        }
      }
    },
    async authorizationOf(call) {
      const source = credentials(call);
      if (source === undefined) return call.caller?.authorization;
      const { headers } = await new TokenCall(source, call, call.timeoutMs).first();
      return headers && Object.values(headers)[0];
    },
    at(clusterEndpoint) {
      if (clusterEndpoint === "" || options.transport) return connection;
      let cluster = clusters.get(clusterEndpoint);
      if (!cluster) {
        const there = parseEndpoint(clusterEndpoint, endpoint.insecure);
        // A plane behind a TLS proxy may name itself with http://; credentials never leave TLS for that.
        const downgrade = there.insecure && !endpoint.insecure;
        const same = new URL(there.origin).host === new URL(origin).host;
        cluster =
          same || downgrade ? connection : connect({ ...options, endpoint: there.origin, consoleUrl }, credentials);
        clusters.set(clusterEndpoint, cluster);
      }
      return cluster;
    },
    async close() {
      await Promise.all([own.close(), ...[...clusters.values()].filter((c) => c !== connection).map((c) => c.close())]);
    },
  };
  return connection;
}

/** Through a proxy where there is one; what that needs is loaded only then. */
function ownTransport(options: TransportOptions, proxyEnv: NodeJS.ProcessEnv | undefined) {
  if (proxyEnv === undefined) return createTransport(options);
  let loaded: Promise<ReturnType<typeof createTransport>> | undefined;
  const load = () => {
    loaded ??= import("./transport/proxied.ts").then((module) =>
      module.createProxiedTransport({ ...options, proxyEnv }),
    );
    return loaded;
  };
  const lazy: ReturnType<typeof createTransport> = {
    unary: async (...call) => (await load()).unary(...call),
    stream: async (...call) => (await load()).stream(...call),
    close: async () => (await loaded)?.close(),
  };
  return lazy;
}

function contextOf(call: CallOptions) {
  if (call.caller === undefined && call.fields === undefined) return undefined;
  return new CallContext().set(callerKey, call.caller).set(wantedFieldsKey, call.fields);
}

/** Connect's errors bring all of protobuf with them, which a connection needs only once it is used. */
async function failureOf(error: unknown) {
  const { fromConnect } = await import("./connect-error.ts");
  return fromConnect(error);
}

/** Milliseconds before the second and third attempt of a read; half to one and a half times of it. */
const RETRY_PAUSES_MS = [100, 400] as const;

/** Only calls without side effects are repeated; the descriptors mark too few of them, their names tell. */
function isRead(method: { readonly name: string }): boolean {
  return /^(Get|List|Select|UserInfo)/.test(method.name);
}
