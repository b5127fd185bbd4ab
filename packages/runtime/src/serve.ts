import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { WebhookApp } from "./webhook-app.ts";

export interface ServeOptions {
  readonly port: number;
  readonly hostname: string;
}

export interface Serving {
  readonly port: number;
  /** Stops accepting, lets what is in flight finish, and resolves when all of it has (or after `graceMs`). */
  drain(graceMs: number): Promise<void>;
}

/** Milliseconds a client may take to send a request. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Serves the webhook on a port. Rejects when it cannot be bound. */
export function serve(app: WebhookApp, { port, hostname }: ServeOptions): Promise<Serving> {
  // By `process.getBuiltinModule`, because an ES import of node:http costs 35 ms of start-up: its facade loads WebSocket.
  const { createServer } = process.getBuiltinModule("node:http");
  const server: Server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, keepAlive: true },
    getRequestListener(app.fetch),
  );
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : port,
        drain: (graceMs) => drain(server, graceMs),
      });
    });
  });
}

function drain(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
