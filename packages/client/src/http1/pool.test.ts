import { createServer, type Server as HttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { type Exchange, Pool, type PoolOptions } from "./pool.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(server: Server | HttpServer): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function poolTo(origin: string, options: Partial<PoolOptions> = {}): Pool {
  const pool = new Pool({ origin, tls: { rejectUnauthorized: true }, ...options });
  closing.push(() => pool.close());
  return pool;
}

/** A server that counts its connections, and a pool to it. */
async function rig(listener: RequestListener, options?: Partial<PoolOptions>) {
  const server = createServer(listener);
  const rigged = { connections: 0, open: 0, pool: undefined as unknown as Pool, server };
  server.on("connection", (socket) => {
    rigged.connections++;
    rigged.open++;
    socket.on("close", () => rigged.open--);
  });
  rigged.pool = poolTo(await listen(server), options);
  return rigged;
}

interface Post {
  exchange: Exchange;
  answer: Promise<string>;
}

function post(pool: Pool, body: string | Buffer = "", headers: Record<string, string> = {}): Post {
  let resolve!: (text: string) => void;
  let reject!: (error: Error) => void;
  const answer = new Promise<string>((...settle) => {
    [resolve, reject] = settle;
  });
  let text = "";
  const exchange: Exchange = {
    path: "/x",
    headers,
    body: typeof body === "string" ? Buffer.from(body) : body,
    onHead() {},
    onBody(bytes) {
      text += bytes;
    },
    onEnd: () => resolve(text),
    onError: reject,
  };
  pool.send(exchange);
  return { exchange, answer };
}

const echo: RequestListener = async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  response.end(text);
};

describe("Pool", () => {
  it("uses a connection again once its answer is whole", async () => {
    const rigged = await rig(echo);
    for (const text of ["a", "b", "c"]) expect(await post(rigged.pool, text).answer).toBe(text);
    expect(rigged.connections).toBe(1);
  });

  it("gives each of many exchanges its own answer, however that is sent and whenever it comes", async () => {
    const rigged = await rig(
      async (request, response) => {
        let text = "";
        for await (const chunk of request) text += chunk;
        const n = Number(text);
        await sleep(n % 7);
        if (n % 3 === 0) response.setHeader("content-length", text.length * 50);
        if (n % 11 === 0) response.setHeader("connection", "close");
        for (let i = 0; i < 50; i++) {
          response.write(text);
          if (i % 20 === n % 20) await sleep(1);
        }
        response.end();
      },
      { maxConnections: 16 },
    );
    const posts = Array.from({ length: 600 }, (_, n) => post(rigged.pool, String(1000 + n)));
    for (const [n, { answer }] of posts.entries()) expect(await answer).toBe(String(1000 + n).repeat(50));
    expect(rigged.open).toBeLessThanOrEqual(16);
  });

  it("sends every byte as it is, of a short body and of a long one, after a header beyond ASCII", async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const { pool } = await rig(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      response.end(`${request.headers.cookie} ${Buffer.concat(chunks).toString("base64")}`);
    });
    for (const body of [Buffer.alloc(0), every, Buffer.concat(Array.from({ length: 100 }, () => every))]) {
      expect(await post(pool, body, { cookie: "é" }).answer).toBe(`é ${body.toString("base64")}`);
    }
  });

  it("makes no more connections than it may; an exchange that waits can be withdrawn", async () => {
    const seen: string[] = [];
    const rigged = await rig(
      async (request, response) => {
        let text = "";
        for await (const chunk of request) text += chunk;
        seen.push(text);
        await sleep(20);
        response.end(text);
      },
      { maxConnections: 1 },
    );
    const [first, second, third] = ["1", "2", "3"].map((text) => post(rigged.pool, text)) as [Post, Post, Post];
    rigged.pool.abandon(second.exchange);
    expect(await Promise.all([first.answer, third.answer])).toEqual(["1", "3"]);
    expect(seen).toEqual(["1", "3"]);
    expect(rigged.connections).toBe(1);
  });

  it("does not use a connection again whose answer was not waited for", async () => {
    const rigged = await rig(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      if (text === "slow") await sleep(30);
      response.end(text);
    });
    const slow = post(rigged.pool, "slow");
    await sleep(10);
    rigged.pool.abandon(slow.exchange);
    expect(await post(rigged.pool, "next").answer).toBe("next");
    await sleep(40);
    expect(await post(rigged.pool, "after").answer).toBe("after");
    expect(rigged.connections).toBe(2);
  });

  it("drops a connection on which something comes unasked", async () => {
    let connections = 0;
    const server = createTcpServer((socket) => {
      const n = ++connections;
      socket.on("data", async () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na");
        await sleep(5);
        if (n === 1) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nEVIL");
      });
    });
    const pool = poolTo(await listen(server));
    expect(await post(pool).answer).toBe("a");
    await sleep(30);
    expect(await post(pool).answer).toBe("a");
    expect(connections).toBe(2);
  });

  it("closes a connection before the peer would, and one that the peer has closed is not used", async () => {
    const timeout = await rig(echo);
    timeout.server.keepAliveTimeout = 1000;
    expect(await post(timeout.pool, "a").answer).toBe("a");
    expect(await post(timeout.pool, "b").answer).toBe("b");
    expect(timeout.connections).toBe(2);

    const closed = await rig(echo);
    expect(await post(closed.pool, "a").answer).toBe("a");
    closed.server.closeAllConnections();
    await sleep(20);
    expect(await post(closed.pool, "b").answer).toBe("b");
    expect(closed.connections).toBe(2);
  });

  it("takes an answer that ends with its connection, and tells one that is cut short", async () => {
    const answers = ["HTTP/1.1 200 OK\r\n\r\nall", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", ""];
    const server = createTcpServer((socket) => socket.once("data", () => socket.end(answers.shift() ?? "")));
    const pool = poolTo(await listen(server));
    expect(await post(pool).answer).toBe("all");
    await expect(post(pool).answer).rejects.toMatchObject({ code: "ECONNRESET" });
    await expect(post(pool).answer).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("tells who does not speak HTTP, and who is not there; waiting exchanges learn it too", async () => {
    const server = createTcpServer((socket) => socket.on("data", () => socket.write("220 smtp ready\r\n\r\n")));
    await expect(post(poolTo(await listen(server))).answer).rejects.toMatchObject({ code: "HTTP_SYNTAX" });
    const nobody = poolTo("http://127.0.0.1:9", { maxConnections: 1 });
    const posts = [post(nobody), post(nobody)];
    const results = await Promise.allSettled(posts.map(({ answer }) => answer));
    expect(results).toMatchObject([{ reason: { code: "ECONNREFUSED" } }, { reason: { code: "ECONNREFUSED" } }]);
  });

  it("sends no header that would become two, and does not repeat its value", async () => {
    const rigged = await rig(echo);
    const attempt = () => post(rigged.pool, "", { authorization: "Bearer secret\r\nx: y" });
    expect(attempt).toThrow("header authorization holds characters that cannot be sent");
    expect(attempt).not.toThrow(/secret/);
    expect(rigged.connections).toBe(0);
  });

  it("refuses further exchanges once it is closed, and keeps no process alive", async () => {
    const rigged = await rig(echo);
    const last = post(rigged.pool, "last");
    rigged.pool.close();
    expect(await last.answer).toBe("last");
    expect(() => post(rigged.pool)).toThrow("were closed");
  });
});
