import { request as httpRequest, type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { endToEnd, forwardedHeaders, type RawHeaders } from "./proxy-headers.ts";
import { asRefusal, Refusal, refusalMessage } from "./refusal.ts";
import { checkHost, type Upstream } from "./upstream.ts";

/** Passes on a connection that becomes something else, such as a WebSocket: bytes both ways once the app agrees. */
export async function proxyUpgrade(
  upstream: Upstream,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  socket.on("error", () => socket.destroy());
  try {
    checkHost(upstream, request);
    const { target, leave } = await upstream.enter(gone.signal);
    socket.once("close", leave);
    if (socket.destroyed) return leave();
    await ask(upstream, request, { ...target, signal: gone.signal }, socket, head);
  } catch (error) {
    refuse(socket, asRefusal(upstream.name, error));
  }
}

/** Resolves when the app has answered, whatever it said. */
function ask(
  { name, requestTimeoutMs }: Upstream,
  request: IncomingMessage,
  target: { host: string; port: number; signal: AbortSignal },
  socket: Socket,
  head: Buffer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method, url: path } = request;
    const headers = [...forwardedHeaders(request), "Connection", "Upgrade", "Upgrade", request.headers.upgrade ?? ""];
    const there = httpRequest({ ...target, agent: false, method, path, headers });
    const limit = setTimeout(() => {
      reject(new Refusal(504, `App ${name} did not answer within ${requestTimeoutMs / 1000} s`));
      there.destroy();
    }, requestTimeoutMs);
    const answered = () => {
      clearTimeout(limit);
      resolve();
    };
    there.once("upgrade", (answer, far, farHead) => {
      answered();
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(answer.rawHeaders)}\r\n`);
      if (farHead.length > 0) socket.write(farHead);
      if (head.length > 0) far.write(head);
      join(socket, far as Socket);
    });
    there.once("response", (answer) => {
      answered();
      const status = `${answer.statusCode} ${answer.statusMessage}`;
      socket.write(`HTTP/1.1 ${status}\r\n${headerLines(endToEnd(answer))}connection: close\r\n\r\n`);
      answer.on("error", () => socket.destroy());
      answer.pipe(socket);
    });
    there.on("error", (error) => {
      clearTimeout(limit);
      reject(error);
    });
    there.end();
  });
}

/** Bytes both ways; a side that is gone takes the other with it, which still gets what was sent to it before. */
function join(near: Socket, far: Socket): void {
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.once("close", () => to.destroySoon());
  }
}

function headerLines(raw: RawHeaders): string {
  let lines = "";
  for (let index = 0; index < raw.length; index += 2) lines += `${raw[index]}: ${raw[index + 1]}\r\n`;
  return lines;
}

function refuse(socket: Socket, refusal: Refusal): void {
  if (socket.destroyed) return;
  const { headers, body } = refusalMessage(refusal);
  const lines = headerLines(Object.entries({ ...headers, connection: "close" }).flat());
  socket.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines}\r\n${body}`);
}
