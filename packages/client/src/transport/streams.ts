import type { Interceptor, Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { callerKey } from "../caller.ts";
import { type TransportOptions, tlsOptions, USER_AGENT } from "./options.ts";

/** Connect-node for the calls that stream; they are few, so its cost does not matter. */
export function createStreamTransport(options: TransportOptions): Transport {
  return createConnectTransport({
    baseUrl: options.endpoint.origin,
    httpVersion: "1.1",
    useBinaryFormat: true,
    interceptors: [credentials(options)],
    ...(options.endpoint.insecure ? {} : { nodeOptions: tlsOptions(options) }),
  });
}

/** Sets the credentials of a call: its own, else those of the connection. */
export const credentials =
  (options: TransportOptions): Interceptor =>
  (next) =>
  (request) => {
    const caller = request.contextValues.get(callerKey) ?? options.headers;
    for (const [name, value] of Object.entries(caller ?? {})) if (value) request.header.set(name, value);
    request.header.set("user-agent", USER_AGENT);
    return next(request);
  };
