import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, test, vi } from "vitest";
import { listening, proxyOf, proxyTo, sendRaw } from "../testing/proxied-app.ts";

const MEBIBYTE = Buffer.alloc(1 << 20, "x");
const HANDSHAKE =
  "GET /ws?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://localhost\r\n\r\n";
const AGREED = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

async function upgrading(agree: (request: IncomingMessage, socket: Socket, head: Buffer) => void) {
  const app = createServer((_, response) => response.end("no upgrade"));
  app.on("upgrade", (request, socket, head) => agree(request, socket as Socket, head));
  return proxyTo(await listening(app));
}

test("pass bytes both ways, those sent along with the handshake too, until one side ends", async () => {
  const { publicPort, visits } = await upgrading((request, socket, head) => {
    socket.write(`${AGREED}${request.headers.upgrade} ${request.url} ${request.headers["x-forwarded-for"]} ${head}|`);
    socket.pipe(socket);
  });
  const socket = connect(publicPort, "127.0.0.1");
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
  });
  socket.write(`${HANDSHAKE}early`);
  await vi.waitFor(() => expect(received).toMatch(/^HTTP\/1.1 101 [\s\S]*websocket \/ws\?x=1 127.0.0.1 [\s\S]*early/));
  socket.write(" later");
  await vi.waitFor(() => expect(received).toMatch(/early.* later$/s));
  expect(visits.now).toBe(1);
  socket.end();
  await vi.waitFor(() => expect(visits.now).toBe(0));
});

test("a caller that is slow gets all that the app sent before it hung up", async () => {
  const { publicPort } = await upgrading((_, socket) => {
    socket.write(AGREED);
    socket.end(Buffer.alloc(16 * MEBIBYTE.length, "x"));
  });
  const socket = connect(publicPort, "127.0.0.1");
  socket.write(HANDSHAKE);
  socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await buffer(socket)).length).toBe(16 * MEBIBYTE.length + AGREED.length);
});

test("an app that dies ends the caller's connection, a caller that leaves the app's", async () => {
  const sockets: Socket[] = [];
  const { publicPort, visits } = await upgrading((_, socket) => {
    sockets.push(socket);
    socket.write(AGREED);
  });
  for (const dies of ["app", "caller"]) {
    const socket = connect(publicPort, "127.0.0.1").on("error", () => {});
    socket.write(HANDSHAKE);
    await once(socket, "data");
    const far = sockets.at(-1) as Socket;
    far.on("error", () => {});
    const [first, other] = dies === "app" ? [far, socket] : [socket, far];
    const ended = once(other.resume(), "end");
    first.resetAndDestroy();
    await ended;
  }
  await vi.waitFor(() => expect(visits.now).toBe(0));
});

test("an app's refusal arrives whole; an app that is not there is a 502; a foreign Host is a 403", async () => {
  const refusing = await proxyOf((_, response) => {
    response.writeHead(426, { "x-why": "no" }).end("please do not");
  });
  expect(await sendRaw(refusing.publicPort, HANDSHAKE)).toMatch(/^HTTP\/1.1 426 [\s\S]*x-why: no[\s\S]*please do not/);
  const dead = await upgrading((_, socket) => socket.destroy());
  expect(await sendRaw(dead.publicPort, HANDSHAKE)).toMatch(
    /^HTTP\/1.1 502 Bad Gateway[\s\S]*{"detail":"App shop could not/,
  );
  const foreign = HANDSHAKE.replace("Host: localhost", "Host: rebound.example.org");
  expect(await sendRaw(dead.publicPort, foreign)).toMatch(/^HTTP\/1.1 403 Forbidden/);
});
