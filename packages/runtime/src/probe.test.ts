import { request } from "node:http";
import { createRouterTransport } from "@connectrpc/connect";
import { createConnection } from "@flyte-webhook/client";
import { ENDPOINT_IDS, type EndpointId, type WebhookSpec } from "@flyte-webhook/core";
import { afterEach, describe, expect, it } from "vitest";
import { type Serving, serve } from "./serve.ts";
import { createWebhookApp } from "./webhook-app.ts";

let serving: Serving | undefined;
afterEach(async () => {
  await serving?.drain(0);
  serving = undefined;
});

async function start(endpoints: readonly EndpointId[] = ENDPOINT_IDS) {
  const spec: WebhookSpec = {
    version: 1,
    name: "hook",
    title: "Hook",
    description: "",
    endpoints: [...endpoints],
    requiresAuth: true,
    port: 0,
    org: "",
    project: "p",
    domain: "d",
  };
  const transport = createRouterTransport(() => {});
  const app = createWebhookApp(spec, { connection: createConnection({ endpoint: "http://plane", transport }) });
  serving = await serve(app, { port: 0, hostname: "127.0.0.1" });
  return { app, port: serving.port };
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly id: string | undefined;
  readonly length: string | undefined;
  readonly body: string;
}

function ask(port: number, path: string, method = "GET", headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port, path, method, headers }, async (answer) => {
      let body = "";
      for await (const piece of answer.setEncoding("utf8")) body += piece;
      const { "content-type": type, "x-request-id": id, "content-length": length } = answer.headers;
      resolve({ status: answer.statusCode, type, id: id as string | undefined, length, body });
    });
    call.on("error", reject);
    call.end();
  });
}

describe("a plain GET /health", () => {
  it("is answered as the app answers it", async () => {
    const { app, port } = await start();
    const headers = { "x-request-id": "mine" };
    const made = await app.request("/health", { headers });
    const body = await made.text();
    const type = made.headers.get("content-type");
    expect(await ask(port, "/health", "GET", headers)).toEqual({
      status: 200,
      type,
      id: "mine",
      length: String(body.length),
      body,
    });
    // A query is for the whole webhook to read.
    expect(await ask(port, "/health?x=1", "GET", headers)).toMatchObject({ status: 200, type, id: "mine", body });
  });

  it("gets an id of its own when it brings none, or none that is a word", async () => {
    const { port } = await start();
    const id = /^[\da-f]{8}-/;
    expect((await ask(port, "/health")).id).toMatch(id);
    expect((await ask(port, "/health", "GET", { "x-request-id": "a b" })).id).toMatch(id);
  });

  it("is refused as ever where it is another method, or not enabled", async () => {
    const { port } = await start();
    expect(await ask(port, "/health", "POST")).toMatchObject({ status: 405 });
    await serving?.drain(0);
    const without = await start(["me"]);
    expect(await ask(without.port, "/health")).toMatchObject({ status: 404 });
  });
});
