import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectRouter, createRouterTransport } from "@connectrpc/connect";
import { createConnection } from "@flyte-webhook/client";
import { ENDPOINT_IDS, type LimitOptions, type WebhookSpec } from "@flyte-webhook/core";
import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { afterEach, describe, expect, it } from "vitest";
import { type Serving, serve } from "./serve.ts";
import { createWebhookApp } from "./webhook-app.ts";

let serving: Serving | undefined;
afterEach(async () => {
  await serving?.drain(0);
  serving = undefined;
});

/** A webhook on a port whose control plane answers UserInfo when `ready`. */
async function start(
  limits: LimitOptions,
  ready: () => Promise<unknown> = async () => {},
): Promise<{ port: number; errors: string[] }> {
  const plane = ({ service }: ConnectRouter) =>
    service(IdentityService, {
      userInfo: async () => {
        await ready();
        return { subject: "s" };
      },
    });
  const spec: WebhookSpec = {
    version: 1,
    name: "hook",
    title: "Hook",
    description: "",
    endpoints: [...ENDPOINT_IDS],
    requiresAuth: true,
    port: 0,
    org: "",
    project: "p",
    domain: "d",
    limits,
  };
  const transport = createRouterTransport(plane);
  const connection = createConnection({ endpoint: "http://plane", project: "p", domain: "d", transport });
  const errors: string[] = [];
  const app = createWebhookApp(spec, { connection, onError: (error) => errors.push(error.code) });
  serving = await serve(app, { port: 0, hostname: "127.0.0.1" });
  return { port: serving.port, errors };
}

/** What comes back for these bytes until the connection ends. */
function exchange(port: number, bytes: string): Promise<{ status: number; head: string; body: string }> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => {
      const [head = "", body = ""] = text.split("\r\n\r\n");
      resolve({ status: Number(head.split(" ")[1]), head: head.toLowerCase(), body });
    });
  });
}

const get = (path: string, more = "") =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer t\r\nconnection: close\r\n${more}\r\n`;

describe("what is no request that can be answered", () => {
  it.each([
    ["bytes that are no HTTP", "\x16\x03\x01\x02 hello\r\n\r\n", 400, "malformed_request"],
    ["a head that is no head", "GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, "malformed_request"],
    ["no host", "GET /me HTTP/1.1\r\nauthorization: t\r\nconnection: close\r\n\r\n", 400, "malformed_request"],
    ["a host that is none", "GET /me HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n", 400, "malformed_request"],
    ["an address that is none", "GET me HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 400, "malformed_request"],
    ["a tunnel", "CONNECT evil:443 HTTP/1.1\r\nhost: evil:443\r\n\r\n", 405, "method_not_allowed"],
    ["a body of two lengths", "POST /me HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400],
    ["an expectation of another kind", get("/health", "expect: tea\r\n"), 200],
    ["headers beyond the limit", get("/health", `x-a: ${"a".repeat(3000)}\r\n`), 431, "headers_too_large"],
    ["an address beyond the limit", get(`/me?${"a".repeat(600)}`), 414, "uri_too_long"],
    ["an address beyond all", get(`/me?${"a".repeat(9000)}`), 414, "uri_too_long"],
  ])("%s is answered in JSON", async (_, bytes, status, code = undefined as string | undefined) => {
    const { port } = await start({ headerBytes: 2048, urlBytes: 512 });
    const answer = await exchange(port, bytes);
    expect(answer.status, JSON.stringify(answer)).toBe(status);
    expect(answer.head).toContain("content-type: application/json");
    if (code === undefined) return;
    const body = JSON.parse(answer.body) as { code: string; detail: string; request_id: string };
    expect(body).toMatchObject({ code, detail: expect.stringMatching(/./), request_id: expect.stringMatching(/./) });
    expect(answer.head).toContain(`x-request-id: ${body.request_id}`);
  });

  it.each([
    ["ends early", "content-length: 9\r\n\r\n{", true],
    ["is no chunk", "transfer-encoding: chunked\r\n\r\nzz\r\n", false],
    ["comes too late", "content-length: 9\r\n\r\n{", false],
  ])("a body that %s is no bug of ours, and the log stays empty", async (_, rest, leave) => {
    const { port, errors } = await start({ requestMs: 200 });
    const head = "POST /run-task/d/p/n HTTP/1.1\r\nhost: x\r\nauthorization: t\r\ncontent-type: application/json\r\n";
    const socket = connect(port, "127.0.0.1", () => socket.write(head + rest));
    socket.on("error", () => {}).resume();
    if (leave) setTimeout(() => socket.destroy(), 50);
    await new Promise((resolve) => socket.on("close", resolve));
    await sleep(100);
    expect(errors).toEqual([]);
  });

  it("a request that does not arrive in time is 408", async () => {
    const { port } = await start({ requestMs: 200 });
    for (const bytes of [
      "GET /me HTT",
      "POST /run/r/abort HTTP/1.1\r\nhost: x\r\nauthorization: t\r\ncontent-length: 9\r\n\r\n{",
    ]) {
      const answer = await exchange(port, bytes);
      expect(answer.status).toBe(408);
      expect(JSON.parse(answer.body)).toMatchObject({ code: "request_timeout" });
    }
  });
});

describe("more than a webhook takes", () => {
  const me = async (port: number) => {
    const response = await fetch(`http://127.0.0.1:${port}/me`, { headers: { authorization: "Bearer t" } });
    return { status: response.status, after: response.headers.get("retry-after"), body: await response.json() };
  };

  it("is 503 with Retry-After, and health answers all the same", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { port } = await start({ concurrentRequests: 3 }, () => gate);
    const all = Array.from({ length: 8 }, () => me(port));
    // Eight come, three are in work, the others are refused.
    const refused = await Promise.race(all);
    expect(refused).toMatchObject({ status: 503, after: "1", body: { code: "overloaded" } });
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/openapi.json`)).status).toBe(200);
    expect(await me(port)).toMatchObject({ status: 503, after: "1", body: { code: "overloaded" } });
    open();
    expect((await Promise.all(all)).filter(({ status }) => status === 200)).toHaveLength(3);
    expect((await me(port)).status, "a place is free again").toBe(200);
  });

  it("is a request that takes too long: 504 in time, and its place is free again", async () => {
    const { port } = await start({ requestMs: 150, concurrentRequests: 1 }, () => sleep(5000));
    for (let i = 0; i < 2; i++) {
      const before = performance.now();
      expect(await me(port)).toMatchObject({ status: 504, body: { code: "deadline_exceeded" } });
      expect(performance.now() - before).toBeLessThan(3000);
    }
  });

  it("are levels and keys of a body", async () => {
    const { port } = await start({ jsonDepth: 5, jsonKeys: 10 });
    const post = async (body: string) => {
      const response = await fetch(`http://127.0.0.1:${port}/run-task/d/p/t`, {
        method: "POST",
        headers: { authorization: "Bearer t", "content-type": "application/json" },
        body,
      });
      return { status: response.status, body: await response.json() };
    };
    const keys = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [i, ":"])));
    expect(await post(`{"x":${"[".repeat(5)}${"]".repeat(5)}}`)).toMatchObject({
      status: 422,
      body: { detail: [{ type: "json_too_deep", loc: ["body", 9] }] },
    });
    expect(await post(keys(11))).toMatchObject({ status: 422, body: { detail: [{ type: "json_too_many_keys" }] } });
    // What is within them fails at the plane, which knows no tasks.
    expect((await post(`{"x":${"[".repeat(4)}"{{{{[[[["${"]".repeat(4)}}`)).status).toBe(501);
    expect((await post(keys(10))).status).toBe(501);
  });
});
