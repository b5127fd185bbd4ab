import { request as ask } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { afterEach, describe, expect, it } from "vitest";
import { type Serving, serve } from "./serve.ts";
import { recordedWebhook } from "./testing/recorded-webhook.ts";

let serving: Serving | undefined;
afterEach(async () => {
  await serving?.drain(0);
  serving = undefined;
});

async function start(options: Parameters<typeof recordedWebhook>[1] = {}) {
  const { app } = recordedWebhook(({ service }) => {
    service(IdentityService, { userInfo: () => ({ subject: "s", name: "Zoë" }) });
    service(AppService, { get: () => ({ app: { metadata: { id: { name: "shop" } }, spec: {}, status: {} } }) });
  }, options);
  serving = await serve(app, { port: 0, hostname: "127.0.0.1" });
  return { app, port: serving.port };
}

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** The answer over a socket, as far as the webhook makes it. */
function overSocket(port: number, path: string, { method = "GET", headers, body }: Sent) {
  return new Promise((resolve, reject) => {
    const call = ask({ host: "127.0.0.1", port, path, method, headers, agent: false }, async (answer) => {
      const { date, connection, "keep-alive": keepAlive, "content-length": length, ...rest } = answer.headers;
      const made = await text(answer);
      expect(Number(length)).toBe(Buffer.byteLength(made));
      resolve({ status: answer.statusCode, headers: rest, body: made });
    });
    call.on("error", reject);
    call.end(body);
  });
}

const AS_ME = { authorization: "Bearer t", "x-request-id": "one" };
const JSON_TYPE = { "content-type": "application/json" };

describe("a request to an endpoint is answered on Node's objects as the app answers it", () => {
  it.each<[string, Sent]>([
    ["/me", { headers: AS_ME }],
    ["/me", { headers: { "x-request-id": "one" } }],
    ["/me?wait=true&x=%20", { headers: AS_ME }],
    ["/app/d/p/shop", { headers: AS_ME }],
    ["/app/d/p/sh%6Fp", { headers: AS_ME }],
    ["/app/d/p/../p/shop", { headers: AS_ME }],
    ["//app/d/p/shop", { headers: AS_ME }],
    ["/app/d/p/shop/", { headers: AS_ME }],
    ["/app/d/p/a%2Fb", { headers: AS_ME }],
    ["/me", { headers: { ...AS_ME, via: "1.1 flyte-webhook.hook.p.d" } }],
    ["/me", { method: "POST", headers: AS_ME }],
    ["/nowhere", { headers: AS_ME }],
    ["/run-task/d/p/t", { method: "POST", headers: { ...AS_ME, ...JSON_TYPE }, body: "{" }],
    ["/run-task/d/p/t", { method: "POST", headers: { ...AS_ME, ...JSON_TYPE }, body: "[1]" }],
    ["/run-task/d/p/t", { method: "POST", headers: AS_ME }],
    ["/run-task/d/p/t", { method: "POST", headers: { ...AS_ME, ...JSON_TYPE }, body: `{"x":"é"}` }],
    ["/activate-app/d/p/hook", { method: "POST", headers: AS_ME }],
  ])("%s %j", async (path, sent) => {
    const { app, port } = await start();
    const made = await app.request(`http://127.0.0.1:${port}${path}`, sent);
    const inMemory = { status: made.status, headers: Object.fromEntries(made.headers), body: await made.text() };
    expect(await overSocket(port, path, sent)).toEqual(inMemory);
  });

  it("an address that is too long is refused, whichever way it comes", async () => {
    const { port } = await start({ limits: { urlBytes: 1000 } });
    const long = `/me?x=${"y".repeat(1000)}`;
    expect(await overSocket(port, long, { headers: AS_ME })).toMatchObject({ status: 414 });
    expect(await overSocket(port, `${long}%20`, { headers: AS_ME })).toMatchObject({ status: 414 });
  });
});

describe("a body that nobody reads", () => {
  const head = "POST /run-task/d/p/t HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n";

  /** What comes back for the pieces, each sent when something has come for the one before, until the connection ends. */
  function exchange(port: number, ...pieces: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      let got = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(pieces.shift() ?? ""));
      socket.setEncoding("utf8").on("data", (piece) => {
        got += piece;
        const next = pieces.shift();
        if (next !== undefined) socket.write(next);
      });
      socket.on("error", reject).on("close", () => resolve(got));
    });
  }
  const statuses = (got: string) => [...got.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);

  it("is dropped when it ends soon, and the connection serves on", async () => {
    const { port } = await start();
    const last = `${head}connection: close\r\ncontent-length: 0\r\n\r\n`;
    expect(statuses(await exchange(port, `${head}content-length: 6\r\n\r\n{"x"`, `:1${last}`))).toEqual(["401", "401"]);
  });

  it("takes the connection with it when it does not end", async () => {
    const { port } = await start();
    expect(statuses(await exchange(port, `${head}content-length: 60000\r\n\r\n{`))).toEqual(["401"]);
  });
});
