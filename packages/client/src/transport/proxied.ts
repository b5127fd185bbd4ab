import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { ConnectError, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { fromNetwork } from "../connect-error.ts";
import { type TransportOptions, tlsOptions } from "./options.ts";
import { credentials } from "./streams.ts";

/**
 * Connect-node for people's machines behind a proxy, by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment:
 * the lean path knows none. Needs Node 22.21 or 24.5.
 */
export function createProxiedTransport(
  options: TransportOptions & { readonly proxyEnv: NodeJS.ProcessEnv },
): Transport & { close(): Promise<void> } {
  const { endpoint, proxyEnv, maxResponseBytes } = options;
  const agent = endpoint.insecure
    ? new HttpAgent({ keepAlive: true, proxyEnv })
    : new HttpsAgent({ keepAlive: true, proxyEnv, ...tlsOptions(options) });
  const transport = createConnectTransport({
    baseUrl: endpoint.origin,
    httpVersion: "1.1",
    useBinaryFormat: true,
    interceptors: [credentials(options)],
    nodeOptions: { agent },
    ...(maxResponseBytes !== undefined && { readMaxBytes: maxResponseBytes }),
  });
  const told = (error: unknown): never => {
    const connect = ConnectError.from(error);
    // Connect-node calls what the system or TLS says internal; here it is named as on the lean path.
    const isSystem = typeof (connect.cause as { code?: unknown } | undefined)?.code === "string";
    throw isSystem ? fromNetwork(connect.cause, endpoint.origin) : connect;
  };
  return {
    unary: (...call) => transport.unary(...call).catch(told),
    stream: (...call) => transport.stream(...call).catch(told),
    close: async () => agent.destroy(),
  };
}
