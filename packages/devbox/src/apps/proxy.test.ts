import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test, vi } from "vitest";
import { listening, proxyOf, proxyTo, sendRaw } from "../testing/proxied-app.ts";

const MEBIBYTE = Buffer.alloc(1 << 20, "x");

describe("bodies", () => {
  test("an answer's first chunk arrives before its last one is written", async () => {
    let finish = () => {};
    const { url } = await proxyOf((_, response) => {
      response.write("first ");
      finish = () => response.end("last");
    });
    const { body } = await fetch(url);
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe("first ");
    finish();
    expect((await reader?.read())?.value).toBe("last");
  });

  test("an answer's headers arrive before its first chunk is written", async () => {
    const { url } = await proxyOf((_, response) => response.writeHead(200, { "x-app": "1" }).flushHeaders());
    const answer = await fetch(url);
    expect(answer.headers.get("x-app")).toBe("1");
    await answer.body?.cancel();
  });

  test("a request's first chunk arrives before its last one is written", async () => {
    const { publicPort } = await proxyOf((request, response) => {
      request.once("data", (chunk) => response.write(`got ${chunk}`));
      request.once("end", () => response.end(", all"));
    });
    const request = httpRequest({ port: publicPort, host: "127.0.0.1", method: "POST" });
    request.write("first");
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    expect(String((await once(answer, "data"))[0])).toBe("got first");
    request.end("last");
    expect(await text(answer)).toBe(", all");
  });

  test.each<[string, Record<string, string>]>([
    ["with their length", { "content-length": String(48 * MEBIBYTE.length) }],
    ["in chunks", {}],
  ])("large ones go through both ways %s", async (_, headers) => {
    const { publicPort } = await proxyOf((request, response) => {
      const { "content-length": length } = request.headers;
      response.writeHead(200, length === undefined ? {} : { "content-length": length });
      request.pipe(response);
    });
    const request = httpRequest({ port: publicPort, host: "127.0.0.1", method: "POST", headers });
    Readable.from(Array.from({ length: 48 }, () => MEBIBYTE)).pipe(request);
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    let size = 0;
    for await (const chunk of answer) size += chunk.length;
    expect(size).toBe(48 * MEBIBYTE.length);
    expect(answer.headers["content-length"]).toBe(headers["content-length"]);
  });

  test("a caller that does not read stops the app from writing", async () => {
    let written = 0;
    const { publicPort } = await proxyOf((_, response) => {
      const more = () => {
        while (written < 256 && response.write(MEBIBYTE)) written++;
        if (written++ < 256) response.once("drain", more);
      };
      more();
    });
    const request = httpRequest({ port: publicPort, host: "127.0.0.1" }).end();
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    answer.pause();
    const seen: number[] = [];
    await vi.waitFor(
      () => {
        seen.push(written);
        expect(seen.at(-1)).toBe(seen.at(-6));
      },
      { interval: 40, timeout: 8000 },
    );
    expect(written).toBeLessThan(100);
    request.destroy();
  });

  test("a DELETE keeps the frame of its chunked body", async () => {
    const seen: string[] = [];
    const { publicPort } = await proxyOf(async (request, response) => {
      seen.push(`${request.method} ${request.url} ${await text(request)}`);
      response.end("ok");
    });
    const inner = "GET /hidden HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    const chunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
    const head = "DELETE /open HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    expect(await sendRaw(publicPort, head + chunk)).toContain("200 OK");
    expect(seen).toEqual([`DELETE /open ${inner}`]);
  });
});

describe("headers", () => {
  test("those of one connection stay, the others keep their spelling, order and repetitions", async () => {
    const { publicPort } = await proxyOf((request, response) => {
      response.writeHead(201, "Made Here", [
        "Set-Cookie",
        "a=1",
        "Set-Cookie",
        "b=2",
        "X-Once",
        "1",
        "Connection",
        "X-Once",
      ]);
      response.end(JSON.stringify(request.rawHeaders));
    });
    const answer = await sendRaw(
      publicPort,
      `GET / HTTP/1.1\r\nHost: localhost:${publicPort}\r\nX-Case: A\r\nx-case: b\r\nKeep-Alive: 3\r\nTE: trailers\r\n` +
        "Proxy-Authorization: Basic YTpi\r\nX-Named: 1\r\nOrigin: http://other.example\r\nConnection: close, X-Named\r\n\r\n",
    );
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1.1 201 Made Here\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/);
    expect(head).not.toContain("X-Once");
    const sent = JSON.parse(body.slice(body.indexOf("["), body.lastIndexOf("]") + 1)) as string[];
    expect(sent.slice(0, -2)).toEqual([
      ...["Host", `localhost:${publicPort}`, "X-Case", "A", "x-case", "b", "Origin", "http://other.example"],
      ...["X-Forwarded-For", "127.0.0.1", "X-Forwarded-Proto", "http", "X-Forwarded-Host", `localhost:${publicPort}`],
    ]);
    expect(sent.slice(-2)).toEqual(["Connection", "keep-alive"]);
  });

  test("a proxy in front is believed", async () => {
    const { url } = await proxyOf((request, response) => response.end(JSON.stringify(request.headers)));
    const headers = {
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "shop.example",
    };
    const sent = await (await fetch(url, { headers })).json();
    expect(sent).toMatchObject({ ...headers, "x-forwarded-for": "203.0.113.7, 127.0.0.1" });
  });

  test.each([
    ["127.0.0.1:PORT", 200],
    ["localhost:PORT", 200],
    ["shop.localhost:PORT", 200],
    ["rebound.example.org:PORT", 403],
    ["127.0.0.1.example.org", 403],
  ])("Host %s: %i", async (host, status) => {
    const { publicPort, visits } = await proxyOf((_, response) => response.end("shop"));
    const head = `host: ${host.replace("PORT", String(publicPort))}\r\nconnection: close`;
    const answer = await sendRaw(publicPort, `GET / HTTP/1.1\r\n${head}\r\n\r\n`);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    if (status === 403)
      expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "").detail).toContain("rewrite the Host header");
    expect(visits.ever).toBe(status === 200 ? 1 : 0);
  });
});

describe("who goes away", () => {
  test("a caller that leaves ends the app's request", async () => {
    let ended: Promise<unknown> | undefined;
    const { url, visits } = await proxyOf((_, response) => {
      ended = once(response, "close");
      response.write("first");
    });
    const leave = new AbortController();
    const answer = await fetch(url, { signal: leave.signal });
    expect(visits.now).toBe(1);
    leave.abort();
    await expect(answer.text()).rejects.toThrow();
    await ended;
    await vi.waitFor(() => expect(visits.now).toBe(0));
  });

  test("a caller that leaves in the middle of its upload ends the app's request", async () => {
    let seen: IncomingMessage | undefined;
    const { publicPort, visits } = await proxyOf((request) => {
      seen = request.on("error", () => {}).resume();
    });
    const socket = connect(publicPort, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf");
    await vi.waitFor(() => expect(seen).toBeDefined());
    socket.destroy();
    await vi.waitFor(() => expect(seen?.destroyed).toBe(true));
    expect(seen?.complete).toBe(false);
    await vi.waitFor(() => expect(visits.now).toBe(0));
  });

  test.each([
    ["in chunks", {}],
    ["with its length", { "content-length": "100" }],
  ])("an app that dies in the middle of an answer %s leaves a broken one", async (_, headers) => {
    const { url, visits } = await proxyOf((_, response) => {
      response.writeHead(200, headers).write("half", () => response.destroy());
    });
    const answer = await fetch(url);
    await expect(answer.text()).rejects.toThrow();
    await vi.waitFor(() => expect(visits.now).toBe(0));
  });

  test("an app that is not there, or hangs up, is a 502 that says so", async () => {
    const hangsUp = await proxyOf((request) => request.socket.destroy());
    const closed = createServer();
    const gone = await proxyTo(await listening(closed));
    closed.close();
    for (const [url, code] of [
      [hangsUp.url, "ECONNRESET"],
      [gone.url, "ECONNREFUSED"],
    ] as const) {
      const answer = await fetch(url, { method: "POST", body: "x" });
      expect([answer.status, await answer.json()]).toEqual([
        502,
        { detail: `App shop could not be reached (${code}); its log may say why` },
      ]);
    }
  });

  test("an app that does not begin to answer in time is a 504", async () => {
    const { url, visits } = await proxyOf(() => {}, 50);
    const answer = await fetch(url);
    expect([answer.status, await answer.json()]).toEqual([504, { detail: "App shop did not answer within 0.05 s" }]);
    await vi.waitFor(() => expect(visits.now).toBe(0));
  });

  test("connections are kept; a GET that meets one which the app just closed is sent again, a POST is not", async () => {
    let connections = 0;
    const app = createTcpServer((socket) => {
      connections++;
      let requests = 0;
      // Answers the first request of a connection and hangs up on the second.
      socket.on("data", () => {
        if (++requests > 1) return socket.destroy();
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      });
    });
    const { url } = await proxyTo(await listening(app));
    expect([(await fetch(url)).status, connections]).toEqual([200, 1]);
    expect([(await fetch(url)).status, connections]).toEqual([200, 2]);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url, { method: "POST", body: "x" })).status).toBe(502);
  });
});
