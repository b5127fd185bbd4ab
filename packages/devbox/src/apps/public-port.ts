import { createHash } from "node:crypto";
import type { Server } from "node:http";

/**
 * Below the ports that systems hand to outgoing connections (Linux: from 32768, others from 49152), so that a port is
 * still free when the devbox comes back for it.
 */
const FIRST_PORT = 20_000;
const PORTS = 10_000;
const ATTEMPTS = 200;

/**
 * Lets the server listen on 127.0.0.1: on `kept`, the port it had before, or else on the first free one of a row that
 * begins at a place given by `key`, so that an app tends to get the same port in every data directory.
 * Resolves with the port, which is not `kept` when another program took that.
 */
export async function listenOnPublicPort(server: Server, key: string, kept: number | undefined): Promise<number> {
  if (kept !== undefined && (await tryListen(server, kept))) return kept;
  const start = createHash("sha256").update(key).digest().readUInt32BE(0);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST_PORT + ((start + attempt) % PORTS);
    if (await tryListen(server, port)) return port;
  }
  await tryListen(server, 0);
  return (server.address() as { port: number }).port;
}

function tryListen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      server.off("listening", listening);
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
      else reject(error);
    };
    const listening = () => {
      server.off("error", failed);
      resolve(true);
    };
    server.once("error", failed);
    server.once("listening", listening);
    server.listen({ host: "127.0.0.1", port });
  });
}
