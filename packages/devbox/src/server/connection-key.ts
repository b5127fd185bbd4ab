import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { createContextKey } from "@connectrpc/connect";

/** The connection that a call came over. */
export interface CallConnection {
  /** Breaks it once what was sent so far is on its way. */
  cut(): Promise<void>;
}

/** Set before any handler runs: `context.values.get(connectionKey)`. */
export const connectionKey = createContextKey<CallConnection>({ cut: async () => {} }, { description: "connection" });

export function callConnection(response: ServerResponse): CallConnection {
  return {
    cut: async () => {
      // A message that was handed on reaches the socket in the turn after.
      await setImmediate();
      response.socket?.destroySoon();
    },
  };
}
