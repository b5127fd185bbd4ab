import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type Certificate, serveTlsToo } from "./tls-port.ts";

/** Plain HTTP beside the RPCs: health, signed uploads, the console page. The first route that handles a request gets it. */
export interface PlainRoute {
  handles(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}

export interface HttpServer {
  /** The port in use; a free one was chosen when 0 was asked for. */
  readonly port: number;
  /** From now on requests are answered, over TLS with the certificate as well; until then they wait in the accept queue. */
  serve(listener: RequestListener, certificate: Certificate): void;
  /** What connections that begin now are shown. */
  renew(certificate: Certificate): void;
  /** Refuses new connections, lets open ones end, and cuts those that do not. */
  close(): Promise<void>;
}

/** Time for open streams to send their end. */
const CLOSE_MS = 200;

/** Binds 127.0.0.1 only. Throws `invalid_config` when the port is taken or not allowed. */
export async function listen(port: number): Promise<HttpServer> {
  const server = createServer({ keepAliveTimeout: 60_000 });
  const sockets = new Set<Socket>();
  const secure = serveTlsToo(server, sockets);
  let overTls: ReturnType<typeof secure> | undefined;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(port, error)));
    server.listen({ host: "127.0.0.1", port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    serve: (listener, certificate) => {
      server.on("request", listener);
      overTls = secure(certificate, listener);
    },
    renew: (certificate) => overTls?.setSecureContext(certificate),
    close: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, CLOSE_MS);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
      }),
  };
}

function listenError(port: number, error: NodeJS.ErrnoException): FlyteWebhookError {
  const taken = error.code === "EADDRINUSE";
  return new FlyteWebhookError(
    "invalid_config",
    `cannot listen on 127.0.0.1:${port}: ${taken ? "the port is in use" : error.message}`,
    {
      hint: taken ? "Stop the other process, or choose another --port (0: any free one)." : "Choose another --port.",
      cause: error,
    },
  );
}

/** Answers in the order: guard, plain routes, RPCs. A route that throws is a 500 without its internals. */
export function requestListener(
  guard: (request: IncomingMessage) => string | undefined,
  plainRoutes: readonly PlainRoute[],
  rpcs: RequestListener,
  log: (line: string) => void,
): RequestListener {
  return (request, response) => {
    const refusal = guard(request);
    if (refusal !== undefined) return answerText(response, 403, refusal);
    const route = plainRoutes.find((candidate) => candidate.handles(request));
    if (route === undefined) return rpcs(request, response);
    void (async () => route.handle(request, response))().catch((error: unknown) => {
      log(
        `${request.method} ${request.url?.split("?", 1)[0]} failed: ${error instanceof Error ? error.message : error}`,
      );
      if (!response.headersSent) answerText(response, 500, "internal error");
      else response.destroy();
    });
  };
}

export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}
