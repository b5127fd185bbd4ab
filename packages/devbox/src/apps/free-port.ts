import { connect, createServer } from "node:net";

const taken = new Set<number>();

/** A free port of the loopback interface that no other caller of this process was given lately. */
export async function freePort(): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as { port: number };
    if (taken.has(port)) return freePort();
    taken.add(port);
    setTimeout(() => taken.delete(port), 60_000).unref();
    return port;
  } finally {
    server.close();
  }
}

/** Whether something accepts a TCP connection there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const answer = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
    socket.once("timeout", () => answer(false));
  });
}
