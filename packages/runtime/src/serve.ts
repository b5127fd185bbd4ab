import type { RequestListener, Server } from "node:http";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { answerConnection, fromClientError } from "./connection-errors.ts";
import { answerDirectly } from "./direct.ts";
import { answerProbe } from "./probe.ts";
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

/** Milliseconds between looks for requests that take too long to arrive. */
const CHECK_MS = 1_000;

/** Serves the webhook on a port, within its limits. Rejects when it cannot be bound. */
export function serve(app: WebhookApp, { port, hostname }: ServeOptions): Promise<Serving> {
  const server = createServer(app);
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

/** Node's server, with every error that it would tell in plain text or not at all told as the webhook tells errors. */
function createServer(app: WebhookApp): Server {
  const { limits } = app;
  let whole: RequestListener | undefined;
  const listener: RequestListener = (incoming, outgoing) => {
    if (app.answersProbes && answerProbe(incoming, outgoing)) return;
    if (answerDirectly(app, incoming, outgoing)) return;
    if (whole) whole(incoming, outgoing);
    else
      void import("./whole-app.ts").then(({ wholeApp }) => {
        whole ??= wholeApp(app);
        whole(incoming, outgoing);
      });
  };
  // By `process.getBuiltinModule`, because an ES import of node:http costs 35 ms of start-up: its facade loads WebSocket.
  const server = process.getBuiltinModule("node:http").createServer(
    {
      keepAlive: true,
      requestTimeout: limits.requestMs,
      headersTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(CHECK_MS, limits.requestMs),
      maxHeaderSize: limits.headerBytes + limits.urlBytes,
      // Both would be answered without a body; an address without a host is refused by the listener.
      requireHostHeader: false,
      // Most requests have no body: the end of a stream that nobody reads would cost 5 % of a read.
      optimizeEmptyRequests: true,
    },
    listener,
  );
  server.on("checkExpectation", listener);
  // A header left out without a word could be the one that counts; their size is bounded.
  server.maxHeadersCount = 0;
  server.on("connect", (_request, socket) => {
    socket.on("error", () => {});
    answerConnection(socket, app.refuse(new FlyteWebhookError("method_not_allowed", "Method Not Allowed")));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET") socket.destroy();
    else answerConnection(socket, app.refuse(fromClientError(error, limits)));
  });
  return server;
}

function drain(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    // A connection whose last answer has gone out is kept alive for seconds; nothing more may come on it.
    const idle = setInterval(() => server.closeIdleConnections(), 20);
    server.close(() => {
      clearTimeout(force);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}
