import type { RequestListener, Server } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { Socket } from "node:net";
import type { TlsIdentity } from "../tls/tls-identity.ts";

/** First byte of a TLS handshake record; no HTTP request begins with it. */
const HANDSHAKE = 0x16;

/** Browsers open connections ahead of need; one that says nothing for this long is closed. */
const SILENT_MS = 60_000;

export type Certificate = Pick<TlsIdentity, "cert" | "key">;

/**
 * Lets a port speak TLS (HTTP/2 and HTTP/1.1) to clients that begin with a handshake, and plain HTTP to the others: one
 * address serves programs that know nothing of TLS and those that know nothing else. Must be called before the server
 * listens. Connections begun are kept in `sockets`.
 */
export function serveTlsToo(
  server: Server,
  sockets: Set<Socket>,
): (certificate: Certificate, listener: RequestListener) => Http2SecureServer {
  const plain = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  let secure: Http2SecureServer | undefined;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const failed = () => socket.destroy();
    socket.once("error", failed);
    socket.setTimeout(SILENT_MS, failed);
    socket.once("readable", () => {
      socket.off("error", failed);
      socket.off("timeout", failed);
      socket.setTimeout(0);
      const first: Buffer | null = socket.read();
      if (first !== null) socket.unshift(first);
      if (first?.[0] === HANDSHAKE && secure) secure.emit("connection", socket);
      else for (const listener of plain) listener.call(server, socket);
    });
  });
  return (certificate, listener) => {
    secure = createSecureServer({ ...certificate, allowHTTP1: true, minVersion: "TLSv1.2" });
    secure.on("request", listener as unknown as Parameters<Http2SecureServer["on"]>[1]);
    // A client that does not trust the certificate hangs up: nothing that anyone here has to know.
    secure.on("tlsClientError", () => {});
    secure.on("sessionError", () => {});
    return secure;
  };
}
