import type { Transport } from "@connectrpc/connect";
import type { TransportOptions } from "./options.ts";
import type { UnaryCaller } from "./unary.ts";

/**
 * The Connect transport to one control plane (binary format). Unary calls go through a lean path on a pool of our own, streams
 * through connect-node; both clients are loaded when first needed, so that a webhook is up before it has called anyone.
 */
export function createTransport(options: TransportOptions): Transport & { close(): Promise<void> } {
  let unary: UnaryCaller | undefined;
  let streams: Transport | undefined;
  return {
    unary(method, signal, timeoutMs, header, input, contextValues) {
      if (unary) return unary.call(method, signal, timeoutMs, header, input, contextValues);
      return import("./unary.ts").then(({ createUnaryCaller }) => {
        unary ??= createUnaryCaller(options);
        return unary.call(method, signal, timeoutMs, header, input, contextValues);
      });
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      streams ??= (await import("./streams.ts")).createStreamTransport(options);
      return streams.stream(method, signal, timeoutMs, header, input, contextValues);
    },
    async close() {
      await unary?.close();
    },
  };
}
