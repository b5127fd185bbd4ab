import { once } from "node:events";
import { Agent, createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { proxyRequest } from "../apps/proxy.ts";
import { proxyUpgrade } from "../apps/proxy-upgrade.ts";

/** Lets a server listen for one test; resolves with its port. */
export async function listening(server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => {});
  });
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** An app's proxy in front of what listens on a port; `visits` counts who is in it. */
export async function proxyTo(appPort: number, requestTimeoutMs = 10_000) {
  const agent = new Agent({ keepAlive: true });
  const visits = { now: 0, ever: 0 };
  const upstream = {
    name: "shop",
    requestTimeoutMs,
    enter: async () => {
      visits.now++;
      visits.ever++;
      return { target: { host: "127.0.0.1", port: appPort }, agent, leave: () => void visits.now-- };
    },
  };
  const server = createServer((request, response) => void proxyRequest(upstream, request, response));
  server.on("upgrade", (request, socket, head) => void proxyUpgrade(upstream, request, socket as Socket, head));
  const publicPort = await listening(server);
  onTestFinished(() => agent.destroy());
  return { visits, publicPort, url: `http://127.0.0.1:${publicPort}` };
}

/** A proxy in front of an app within this process. */
export const proxyOf = async (app: RequestListener, requestTimeoutMs?: number) =>
  proxyTo(await listening(createServer(app)), requestTimeoutMs);

/** Sends bytes as they are; resolves with all that comes back until the other side ends. */
export async function sendRaw(to: number, bytes: string): Promise<string> {
  const socket = connect(to, "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}
