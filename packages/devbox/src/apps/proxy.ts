import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { endToEnd, forwardedHeaders } from "./proxy-headers.ts";
import type { Replica } from "./replica.ts";

/** An app as its proxy sees it. */
export interface Upstream {
  readonly name: string;
  /** Milliseconds that the app may take until it begins to answer. */
  readonly requestTimeoutMs: number;
  /** The process that serves now, or once it has started. Throws {@link Refusal} when there is none to be had. */
  serving(signal: AbortSignal): Promise<Replica>;
}

/** An answer of the proxy itself. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Passes one request on to the app and its answer back, both as streams. Whoever goes away first ends the other side.
 */
export async function proxyRequest(
  upstream: Upstream,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    const replica = await upstream.serving(gone.signal);
    const leave = replica.enter();
    response.once("close", leave);
    if (response.closed) return leave();
    const answer = await begin(upstream, replica, request, gone.signal, forwardedHeaders(request));
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer));
    answer.pipe(response);
    answer.once("error", () => response.destroy());
  } catch (error) {
    if (!gone.signal.aborted) refuse(response, asRefusal(upstream, error));
  }
}

/** The same for a connection that becomes something else, such as a WebSocket: bytes both ways once the app agrees. */
export async function proxyUpgrade(
  upstream: Upstream,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  socket.on("error", () => socket.destroy());
  try {
    const replica = await upstream.serving(gone.signal);
    const leave = replica.enter();
    socket.once("close", leave);
    const headers = [...forwardedHeaders(request), "Connection", "Upgrade", "Upgrade", request.headers.upgrade ?? ""];
    const { port, host } = targetOf(replica);
    const there = httpRequest({ host, port, method: request.method, path: request.url, headers, signal: gone.signal });
    there.once("upgrade", (answer, far, farHead) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(answer.rawHeaders)}\r\n`);
      if (farHead.length > 0) socket.write(farHead);
      if (head.length > 0) far.write(head);
      far.on("error", () => socket.destroy());
      far.once("close", () => socket.destroy());
      socket.once("close", () => far.destroy());
      far.pipe(socket).pipe(far);
    });
    there.once("response", (answer) => {
      socket.write(
        `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${headerLines(endToEnd(answer))}connection: close\r\n\r\n`,
      );
      answer.pipe(socket);
    });
    there.once("error", () => socket.destroy());
    there.end();
  } catch (error) {
    const { status, message } = asRefusal(upstream, error);
    socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n${message}\n`);
  }
}

/** Sends the request; resolves with the head of the answer, which must come within the app's request time-out. */
function begin(
  upstream: Upstream,
  replica: Replica,
  request: IncomingMessage,
  signal: AbortSignal,
  headers: string[],
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { port, host } = targetOf(replica);
    const { method, url } = request;
    const there = httpRequest({ host, port, method, path: url, headers, agent: replica.agent, signal });
    const limit = setTimeout(() => {
      reject(new Refusal(504, `App ${upstream.name} did not answer within ${upstream.requestTimeoutMs / 1000} s`));
      there.destroy();
    }, upstream.requestTimeoutMs);
    there.once("response", (answer) => {
      clearTimeout(limit);
      resolve(answer);
    });
    there.once("error", (error) => {
      clearTimeout(limit);
      reject(error);
    });
    request.once("error", () => there.destroy());
    request.pipe(there);
  });
}

function targetOf(replica: Replica): { host: string; port: number } {
  if (!replica.target) throw new Refusal(503, "the app's process has just ended");
  return replica.target;
}

function headerLines(raw: readonly string[]): string {
  let lines = "";
  for (let index = 0; index < raw.length; index += 2) lines += `${raw[index]}: ${raw[index + 1]}\r\n`;
  return lines;
}

function asRefusal(upstream: Upstream, error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(502, `App ${upstream.name} could not be reached`);
}

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  if (response.headersSent) return void response.destroy();
  const headers = { "content-type": "application/json", ...(status === 503 && { "retry-after": "1" }) };
  response.writeHead(status, headers).end(JSON.stringify({ detail: message }));
}
