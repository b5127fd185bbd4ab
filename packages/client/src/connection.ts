import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { createContextValues, type Transport } from "@connectrpc/connect";
import { type CallOptions, callerKey } from "./caller.ts";
import { fromConnect } from "./connect-error.ts";
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

export interface ConnectionOptions extends Omit<TransportOptions, "endpoint" | "headers"> {
  /** `dns:///host:port`, `host:port`, `https://host` or `http://host`. */
  readonly endpoint: string;
  /** Plain HTTP for an endpoint that does not say its scheme. Default false. */
  readonly insecure?: boolean | undefined;
  readonly org?: string | undefined;
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
  /** Sent as bearer token by calls that bring no credentials of their own. */
  readonly apiKey?: string | undefined;
  /** Where people look at runs and apps. Default: the console that goes with the endpoint. */
  readonly consoleUrl?: string | undefined;
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
  /** The same connection to another address: a cluster that holds the data of this control plane. */
  at(clusterEndpoint: string): Connection;
  close(): Promise<void>;
}

export function createConnection(options: ConnectionOptions): Connection {
  const endpoint = parseEndpoint(options.endpoint, options.insecure);
  const scope = { org: options.org ?? "", project: options.project ?? "", domain: options.domain ?? "" };
  const consoleUrl = (options.consoleUrl ?? consoleBase(endpoint.origin)).replace(/\/+$/, "");
  const clusters = new Map<string, Connection>();
  const own = createTransport({
    ...options,
    endpoint,
    headers: options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : undefined,
  });
  const transport = options.transport ?? own;

  const connection: Connection = {
    origin: endpoint.origin,
    scope,
    consoleUrl,
    async unary(method, request, call = {}) {
      const timeoutMs = call.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const deadline = performance.now() + timeoutMs;
      for (let attempt = 0; ; attempt++) {
        try {
          const left = attempt === 0 ? timeoutMs : Math.max(1, Math.round(deadline - performance.now()));
          return (await transport.unary(method, call.signal, left, undefined, request, contextOf(call))).message;
        } catch (error) {
          const failure = fromConnect(error);
          const pause = failure.code === "unavailable" && isRead(method) ? RETRY_PAUSES_MS[attempt] : undefined;
          if (pause === undefined || performance.now() + pause >= deadline || call.signal?.aborted) throw failure;
          await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
        }
      }
    },
    async *stream(method, request, call = {}) {
      try {
        const once = (async function* () {
          yield request;
        })();
        const response = await transport.stream(method, call.signal, call.timeoutMs, undefined, once, contextOf(call));
        yield* response.message;
      } catch (error) {
        throw fromConnect(error);
      }
    },
    at(clusterEndpoint) {
      if (clusterEndpoint === "" || options.transport) return connection;
      let cluster = clusters.get(clusterEndpoint);
      if (!cluster) {
        const there = parseEndpoint(clusterEndpoint, endpoint.insecure);
        // A plane behind a TLS proxy may name itself with http://; credentials never leave TLS for that.
        const downgrade = there.insecure && !endpoint.insecure;
        const same = new URL(there.origin).host === new URL(endpoint.origin).host;
        cluster = same || downgrade ? connection : createConnection({ ...options, endpoint: there.origin, consoleUrl });
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

function contextOf(call: CallOptions) {
  if (call.caller === undefined && call.fields === undefined) return undefined;
  return createContextValues().set(callerKey, call.caller).set(wantedFieldsKey, call.fields);
}

/** Milliseconds before the second and third attempt of a read; half to one and a half times of it. */
const RETRY_PAUSES_MS = [100, 400] as const;

/** Only calls without side effects are repeated; the descriptors mark too few of them, their names tell. */
function isRead(method: { readonly name: string }): boolean {
  return /^(Get|List|Select|UserInfo)/.test(method.name);
}
