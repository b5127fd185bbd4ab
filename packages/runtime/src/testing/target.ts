import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface TargetRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** An app that tests call: an HTTP server on this machine that records what it gets. */
export interface Target {
  readonly host: string;
  readonly requests: TargetRequest[];
  close(): void;
}

/** Starts one. `answer` is called when a request is there whole, or, when it returns true for the head, before its body. */
export async function startTarget(
  answer: (response: ServerResponse, request: TargetRequest) => void,
  early?: (request: IncomingMessage, response: ServerResponse) => boolean,
): Promise<Target> {
  const requests: TargetRequest[] = [];
  const server: Server = createServer((request, response) => {
    if (early?.(request, response)) return;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const seen = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(seen);
      answer(response, seen);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
