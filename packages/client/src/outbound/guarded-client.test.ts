import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { GuardedClient } from "./guarded-client.ts";

const servers: Server[] = [];
const clients: GuardedClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function peer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  servers.push(server);
  let connections = 0;
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new GuardedClient({ loopback: true });
  clients.push(client);
  return {
    client,
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`),
    connections: () => connections,
  };
}

const get = { method: "GET", headers: {}, timeoutMs: 1000 };

describe("GuardedClient", () => {
  it("keeps connections for the next call", async () => {
    const { client, url, connections } = await peer((_, response) => response.end("ok"));
    for (let round = 0; round < 3; round++) {
      const { body } = await client.call({ ...get, url });
      expect((await body.toArray()).join("")).toBe("ok");
      await pause(5);
    }
    expect(connections()).toBe(1);
  });

  it("does not count the time that a reader of a stream takes", async () => {
    const { client, url } = await peer((_, response) => response.end(Buffer.alloc(1_000_000)));
    const { body } = await client.call({ ...get, url, timeoutMs: 100, streaming: true });
    let size = 0;
    for await (const part of body) {
      size += (part as Buffer).length;
      if (size < 100_000) await pause(150);
    }
    expect(size).toBe(1_000_000);
  });

  it("ends a stream whose next part does not come, with the reason", async () => {
    const { client, url } = await peer((_, response) => void response.write("first"));
    const { body } = await client.call({ ...get, url, timeoutMs: 100, streaming: true });
    await expect(body.toArray()).rejects.toMatchObject({ code: "target_timeout" });
  });

  it("is canceled by a signal before, during and after the head", async () => {
    const { client, url } = await peer(({ url: path }, response) => {
      if (path === "/body") response.write("first");
    });
    await expect(client.call({ ...get, url, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "canceled" });
    const signal = AbortSignal.timeout(50);
    await expect(client.call({ ...get, url, signal })).rejects.toMatchObject({ code: "canceled" });
    const late = AbortSignal.timeout(100);
    const { body } = await client.call({ ...get, url: new URL("/body", url), signal: late });
    await expect(body.toArray()).rejects.toMatchObject({ code: "canceled" });
  });

  it("refuses this machine when it is none that apps are on", async () => {
    const { url, connections } = await peer((_, response) => response.end());
    const client = new GuardedClient({ loopback: false });
    clients.push(client);
    for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
      await expect(client.call({ ...get, url: new URL(`http://${host}:${url.port}/`) })).rejects.toMatchObject({
        code: "bad_target",
      });
    }
    expect(connections()).toBe(0);
  });
});
