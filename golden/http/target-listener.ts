/** The app that `call_app` calls and the store that uploads go to: answers by the last segment of the path, records all. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** `[status, content type, body, headers]`; a body may be `{base64}`, or null for none. */
export type TargetAnswer = [number, string | null, string | { base64: string } | null, Record<string, string>?];

export interface TargetRequest {
  readonly method: string;
  /** As it arrived, query included. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface TargetListener {
  readonly host: string;
  readonly requests: TargetRequest[];
  answers: Readonly<Record<string, TargetAnswer>>;
  close(): void;
}

export async function startTargetListener(): Promise<TargetListener> {
  const requests: TargetRequest[] = [];
  const listener: TargetListener = { host: "", requests, answers: {}, close: () => server.close() };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const path = request.url ?? "";
      const method = request.method ?? "";
      requests.push({ method, path, headers: request.headers, body });
      if (path.startsWith("/upload/")) return void response.writeHead(200).end();
      const name = path.split("?")[0]?.split("/").at(-1) ?? "";
      const known = Object.hasOwn(listener.answers, name) ? listener.answers[name] : undefined;
      if (!known) {
        const echo = { method, path, body: body.toString(), headers: request.headers };
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(method === "HEAD" ? "" : JSON.stringify(echo));
        return;
      }
      const [status, type, content, headers] = known;
      response.writeHead(status, { ...(type && { "content-type": type }), ...headers });
      if (content === null || method === "HEAD") return void response.end();
      response.end(typeof content === "string" ? content : Buffer.from(content.base64, "base64"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(listener, {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}
