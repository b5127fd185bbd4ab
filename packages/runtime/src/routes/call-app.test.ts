import type { IncomingMessage, ServerResponse } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { Status_DeploymentStatus as Status } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { AuthMetadataService } from "@flyte-webhook/idl/flyteidl2/auth/auth_service";
import { afterEach, describe, expect, it } from "vitest";
import { serve } from "../serve.ts";
import { recordedWebhook } from "../testing/recorded-webhook.ts";
import { startTarget, type Target } from "../testing/target.ts";

const targets: Target[] = [];
const drains: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(drains.splice(0).map((drain) => drain()));
  for (const target of targets.splice(0)) target.close();
});

async function target(...args: Parameters<typeof startTarget>): Promise<Target> {
  const started = await startTarget(...args);
  targets.push(started);
  return started;
}

const echo = (response: ServerResponse) =>
  response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true,"n":9007199254740993,"f":1.0}');

interface AppState {
  url: string;
  status?: Status;
  id?: { name: string; project: string; domain: string };
}

/** A webhook whose control plane reports the app `helper` at `url`. */
function webhook({ url, status = Status.ACTIVE, id }: AppState, options: Parameters<typeof recordedWebhook>[1] = {}) {
  return recordedWebhook(
    ({ service }) =>
      service(AppService, {
        get: ({ identifier }) => {
          if (identifier.case !== "appId" || identifier.value.name !== "helper") {
            throw new ConnectError("no such app", Code.NotFound);
          }
          return {
            app: {
              metadata: { id: id ?? { ...identifier.value } },
              status: { ingress: { publicUrl: url }, conditions: [{ deploymentStatus: status }] },
            },
          };
        },
      }),
    options,
  );
}

const call = (path: string, more = "") => `/app/helper/call?path=${encodeURIComponent(path)}${more}`;

describe("call_app sends", () => {
  it("the access token that an API key stands for, and never the key with its secret", async () => {
    const app = await target(echo);
    const issuer = await target((response) =>
      response
        .writeHead(200, { "content-type": "application/json" })
        .end('{"access_token":"minted","token_type":"Bearer","expires_in":3600}'),
    );
    const { request } = recordedWebhook(({ service }) => {
      service(AuthMetadataService, {
        getOAuth2Metadata: () => ({ tokenEndpoint: `http://${issuer.host}/token` }),
        getPublicClientConfig: () => ({}),
      });
      service(AppService, {
        get: () => ({
          app: {
            metadata: { id: { name: "helper", project: "p", domain: "d" } },
            status: { ingress: { publicUrl: `http://${app.host}` }, conditions: [{ deploymentStatus: Status.ACTIVE }] },
          },
        }),
      });
    });
    const key = Buffer.from("localhost:8090:cid:a-secret:acme").toString("base64");
    const answer = await request("POST", call("/x"), { headers: { authorization: `Bearer ${key}` } });
    expect(answer.status, await answer.clone().text()).toBe(200);
    expect(app.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer minted"]);
    expect(JSON.stringify(app.requests.map(({ headers }) => headers))).not.toContain(key);
  });

  it("the caller's Authorization, and no cookie unless asked to", async () => {
    const app = await target(echo);
    const { request } = webhook({ url: `http://${app.host}/sub` });
    const headers = { cookie: "session=abc" };
    await request("POST", call("/x"), { headers });
    await request("POST", call("/x", "&forward_cookie=true"), { headers });
    expect(app.requests[0]).toMatchObject({ method: "GET", path: "/sub/x", headers: { authorization: "Bearer t" } });
    expect(app.requests[0]?.headers).not.toHaveProperty("cookie");
    expect(app.requests[0]?.headers["user-agent"]).toBe("flyte-webhook/hook");
    expect(app.requests[1]?.headers.cookie).toBe("session=abc");
  });

  it.each([
    ["POST", {}, "{}"],
    ["POST", 0, "0"],
    ["PUT", [], "[]"],
    ["PATCH", "s", '"s"'],
    ["DELETE", false, "false"],
    ["DELETE", { a: [1] }, '{"a":[1]}'],
    ["POST", null, ""],
    ["GET", { a: 1 }, ""],
    ["HEAD", { a: 1 }, ""],
  ])("with %s the payload %j as %j", async (method, payload, body) => {
    const app = await target(echo);
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/", `&method=${method}`), {
      json: { payload },
    });
    expect(response.status).toBe(200);
    expect(app.requests[0]).toMatchObject({ method, body });
    expect(app.requests[0]?.headers["content-type"]).toBe(body === "" ? undefined : "application/json");
  });

  it("query parameters as JSON spells them, lists as repeated keys, beside those of the path", async () => {
    const app = await target(echo);
    const query_params = { t: true, n: null, l: [1, "b"], s: "a&b", o: { k: 1 }, none: [] };
    await webhook({ url: `http://${app.host}` }).request("POST", call("/x?a=1"), { json: { query_params } });
    expect([...new URL(app.requests[0]?.path ?? "", "http://t").searchParams]).toEqual([
      ["a", "1"],
      ["t", "true"],
      ["n", "null"],
      ["l", "1"],
      ["l", "b"],
      ["s", "a&b"],
      ["o", '{"k":1}'],
    ]);
  });

  it.each([
    ["/x", "&method=TRACE"],
    ["/x", "&method=GET%20/"],
    ["/x", "&timeout=0"],
    ["/x", "&timeout=soon"],
    ["/x\r\nX-Evil: 1", ""],
    ["/../x", ""],
    ["/%2e%2e/x", ""],
  ])("nothing for the path %j%s: 422", async (path, more) => {
    const app = await target(echo);
    const { request, calls } = webhook({ url: `http://${app.host}/sub` });
    expect((await request("POST", call(path, more))).status).toBe(422);
    expect(calls).toEqual([]);
    expect(app.requests).toEqual([]);
  });

  it("nothing for a bare body that was meant as payload: 422 says where it belongs", async () => {
    const app = await target(echo);
    const { request, calls } = webhook({ url: `http://${app.host}` });
    const response = await request("POST", call("/x", "&method=POST"), { json: { paylod: { a: 1 } } });
    expect(response.status).toBe(422);
    expect(JSON.stringify(await response.json())).toMatch(/did you mean payload/);
    expect(calls).toEqual([]);
  });
});

describe("call_app reaches nothing but the app", () => {
  it.each([
    "//{{OTHER}}/x",
    "///{{OTHER}}/x",
    "http://{{OTHER}}/x",
    "@{{OTHER}}/x",
    ":80@{{OTHER}}/x",
    "\\\\{{OTHER}}\\x",
    "/\\{{OTHER}}/x",
    "/%09/{{OTHER}}/x",
    "?@{{OTHER}}/x",
    "#@{{OTHER}}/x",
    ".{{OTHER}}/x",
    "\u3002{{OTHER}}/x",
    "/\u2044\u2044{{OTHER}}/x",
  ])("with the path %s", async (path) => {
    const [app, other] = [await target(echo), await target(echo)];
    const { request } = webhook({ url: `http://${app.host}/sub` });
    const response = await request("POST", call(path.replace("{{OTHER}}", other.host)));
    expect(response.status).toBe(200);
    expect(other.requests).toEqual([]);
    expect(app.requests[0]?.path).toMatch(/^\/sub\//);
  });

  it.each([
    "file:///etc/passwd",
    "file://",
    "ftp://127.0.0.1/",
    "not an address",
    "http://user:pass@127.0.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://2852039166/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://[fd00:ec2::254]/",
    "http://[::ffff:169.254.169.254]/",
    "http://0.0.0.0/",
  ])("with the address %s: 502 and no connection", async (url) => {
    const response = await webhook({ url }).request("POST", call("/x"));
    expect(response.status).toBe(502);
    const body = (await response.json()) as { code: string; detail: string };
    expect(body.code).toBe("bad_target");
    expect(body.detail).not.toMatch(/169|254|passwd/);
  });

  it.each([
    ["metadata.google.internal", "169.254.169.254"],
    ["metadata.aws.example", "fd00:ec2::254"],
    ["helper.example", "127.0.0.1"],
  ])("with the name %s that is %s, once the control plane is elsewhere", async (host, address) => {
    const app = await target(echo);
    const resolve = resolver([address]);
    const { request } = webhook(
      { url: `http://${host}:${app.host.split(":")[1]}/` },
      { endpoint: "http://plane.example", network: { resolve: resolve.resolve } },
    );
    expect((await request("POST", call("/x"))).status).toBe(502);
    expect(resolve.asked).toBe(1);
    expect(app.requests).toEqual([]);
  });

  it("when its name changes: each connection goes to the addresses that were checked for it", async () => {
    const app = await target((response) => response.writeHead(200, { connection: "close" }).end("{}"));
    const resolve = resolver(["127.0.0.1"], ["169.254.169.254"]);
    const { request } = webhook(
      { url: `http://helper.example:${app.host.split(":")[1]}/` },
      { network: { resolve: resolve.resolve } },
    );
    expect((await request("POST", call("/x"))).status).toBe(200);
    expect((await request("POST", call("/x"))).status).toBe(502);
    // One look-up per connection: there is none between check and use.
    expect(resolve.asked).toBe(2);
    expect(app.requests).toHaveLength(1);
  });

  it("over plain http only when the control plane is reached so", async () => {
    const app = await target(echo);
    const { request } = webhook({ url: `http://${app.host}/` }, { endpoint: "https://localhost:8090" });
    const response = await request("POST", call("/x"));
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/plain http/) });
    expect(app.requests).toEqual([]);
  });

  it.each([
    [302, "GET"],
    [307, "POST"],
    [308, "GET"],
  ])("through a redirect %i of a %s to another origin", async (status, method) => {
    const other = await target(echo);
    const app = await target((response) =>
      response.writeHead(status, { location: `http://${other.host}/x` }).end("gone"),
    );
    const { request } = webhook({ url: `http://${app.host}/sub` });
    const response = await request("POST", call("/x", `&method=${method}`), { json: { payload: { secret: 1 } } });
    expect(response.status).toBe(status);
    expect(response.headers.get("location")).toBeNull();
    expect(await response.json()).toMatchObject({ code: "target_error", detail: "Target app returned error: gone" });
    expect(other.requests).toEqual([]);
    expect(app.requests).toHaveLength(1);
  });

  it("through a redirect to another path of its origin, where another app may be", async () => {
    const app = await target((response) => response.writeHead(302, { location: "/other/x" }).end());
    const response = await webhook({ url: `http://${app.host}/sub` }).request("POST", call("/x"));
    expect(response.status).toBe(302);
    expect(app.requests).toHaveLength(1);
  });

  it("but follows a redirect below its own endpoint, at most five", async () => {
    const app = await target((response, { path }) => {
      if (path === "/sub/y") echo(response);
      else response.writeHead(302, { location: path === "/sub/x" ? "y" : "loop" }).end();
    });
    const { request } = webhook({ url: `http://${app.host}/sub` });
    expect((await request("POST", call("/x"))).status).toBe(200);
    expect(app.requests.map((one) => one.path)).toEqual(["/sub/x", "/sub/y"]);
    expect((await request("POST", call("/loop"))).status).toBe(302);
    expect(app.requests).toHaveLength(2 + 6);
  });

  it("when that is the webhook itself: by name, by its host, by a call that comes back", async () => {
    const app = await target(echo);
    const url = `http://${app.host}/`;
    const self = { status: 400, detail: "Cannot call self" };
    const seen = async (response: Response) => ({
      status: response.status,
      detail: ((await response.json()) as { detail: string }).detail,
    });
    expect(await seen(await webhook({ url }).request("POST", "/app/hook/call?path=/x"))).toEqual(self);
    const id = { name: "hook", project: "p", domain: "d" };
    expect(await seen(await webhook({ url, id }).request("POST", call("/x")))).toEqual(self);
    const own = { headers: { host: app.host } };
    expect(await seen(await webhook({ url }).request("POST", call("/x"), own))).toEqual(self);
    expect(app.requests).toEqual([]);
    await webhook({ url }).request("POST", call("/x"));
    const back = { headers: { via: app.requests[0]?.headers.via as string } };
    expect(await seen(await webhook({ url }).request("POST", call("/x"), back))).toEqual(self);
  });

  it("when it comes back to the webhook under another name and address, whichever endpoint is asked there", async () => {
    const { app } = webhook({ url: "http://127.0.0.1:1" });
    const own = await serve(app, { port: 0, hostname: "127.0.0.1" });
    drains.push(() => own.drain(0));
    // By name it is another app, by host another host.
    const { request } = webhook({ url: `http://127.0.0.1:${own.port}` });
    for (const path of ["/health", "/app/helper", "/run-task/d/p/n", "/app/helper/call?path=/x"]) {
      const answer = await request(
        "POST",
        call(path, path === "/health" || path === "/app/helper" ? "" : "&method=POST"),
      );
      expect(answer.status, path).toBe(400);
      expect(await answer.json()).toMatchObject({
        code: "target_error",
        detail: expect.stringMatching(/Cannot call self/),
      });
    }
  });
});

describe("call_app answers", () => {
  it("the app's JSON unchanged, numbers and all, always with 200", async () => {
    const app = await target((response) => response.writeHead(201).end('{"n":9007199254740993,"f":1.0}'));
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/x"));
    expect(response.status).toBe(200);
    expect(response.headers.get("x-flyte-upstream-status")).toBe("201");
    expect(await response.text()).toBe('{"n":9007199254740993,"f":1.0}');
  });

  it.each(["hello", "", '{"x":NaN}', "\ufeff{}"])("another text %j as {response}", async (text) => {
    const app = await target((response) => response.end(text));
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/x"));
    expect(await response.json()).toEqual({ response: text });
  });

  it.each([
    [401, "no token"],
    [404, "nothing here"],
    [503, ""],
    [500, "x".repeat(2000)],
  ])("the app's %i as Python does, marked as the app's", async (status, text) => {
    const app = await target((response) => response.writeHead(status, { "www-authenticate": "Basic" }).end(text));
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/x"));
    expect(response.status).toBe(status);
    expect(response.headers.get("www-authenticate")).toBeNull();
    expect(response.headers.get("x-flyte-upstream-status")).toBe(String(status));
    expect(await response.json()).toMatchObject({
      detail: `Target app returned error: ${text}`,
      code: "target_error",
    });
  });

  it("304 without a body", async () => {
    const app = await target((response) => response.writeHead(304).end());
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/x"));
    expect([response.status, await response.text()]).toEqual([304, ""]);
  });

  it.each([
    [Status.STOPPED, "stopped"],
    [Status.FAILED, "failed"],
    [Status.UNASSIGNED, "unassigned"],
  ])("409 with the state of an app that is %i", async (status, state) => {
    const app = await target(echo);
    const response = await webhook({ url: `http://${app.host}`, status }).request("POST", call("/x"));
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining(state) });
    expect(app.requests).toEqual([]);
  });

  it("409 for an app without an address, 404 for none", async () => {
    expect((await webhook({ url: "" }).request("POST", call("/x"))).status).toBe(409);
    expect((await webhook({ url: "" }).request("POST", "/app/none/call?path=/")).status).toBe(404);
  });

  it("502 when nobody listens, and says nothing of addresses", async () => {
    const app = await target(echo);
    app.close();
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/x"));
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: "target_unreachable", detail: "The app cannot be reached" });
  });

  it.each([
    ["before the head", (_: IncomingMessage, response: ServerResponse) => response.socket?.destroy()],
    [
      "in the body",
      (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{");
        setTimeout(() => response.socket?.destroy(), 10);
      },
    ],
    ["with garbage", (_: IncomingMessage, response: ServerResponse) => response.socket?.end("garbage\r\n\r\n")],
  ])("502 when the connection breaks %s", async (_, answer) => {
    const app = await target(echo, (request, response) => {
      answer(request, response);
      return true;
    });
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/x"));
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: "target_unreachable" });
  });

  it.each([
    ["hangs", () => {}],
    [
      "trickles",
      (response: ServerResponse) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(timer));
      },
    ],
  ])("504 at the deadline when the app %s", async (_, answer) => {
    const app = await target((response) => answer(response));
    const started = performance.now();
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/x", "&timeout=0.2"));
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: "target_timeout" });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("502 when the answer is larger than the limit, without reading it to the end", async () => {
    let written = 0;
    const app = await target((response) => {
      const more = () => {
        while (!response.destroyed && written < 50_000_000) {
          written += 65536;
          if (!response.write(Buffer.alloc(65536, 32))) return void response.once("drain", more);
        }
      };
      more();
    });
    const { request } = webhook({ url: `http://${app.host}` }, { limits: { callMs: 1000, answerBytes: 100_000 } });
    const response = await request("POST", call("/x"));
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/larger than 100000 bytes/) });
    expect(written).toBeLessThan(20_000_000);
  });

  it("502 for what is no UTF-8, with the way to have it", async () => {
    const app = await target((response) => response.end(Buffer.from([0xff, 0xfe, 0])));
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/x"));
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/stream=true/) });
  });
});

describe("call_app with stream=true", () => {
  it("passes the request's body on as it comes, whatever it is, without a bound", async () => {
    const app = await target((response, { body }) => response.end(String(body.length)));
    const { request } = webhook({ url: `http://${app.host}` }, { limits: { callMs: 1000, bodyBytes: 10 } });
    const response = await request("POST", call("/x", "&method=POST&stream=true"), {
      body: "x".repeat(3_000_000),
      headers: { "content-type": "text/csv", te: "trailers", "proxy-authorization": "Basic x", connection: "close" },
    });
    expect(await response.text()).toBe("3000000");
    const { headers } = app.requests[0] as { headers: IncomingMessage["headers"] };
    expect(headers).toMatchObject({ "content-type": "text/csv", authorization: "Bearer t" });
    for (const name of ["te", "proxy-authorization"]) expect(headers).not.toHaveProperty(name);
  });

  it("passes the answer on while it is made: status and what describes the body, nothing else", async () => {
    let finish = () => {};
    const app = await target((response) => {
      response.writeHead(418, {
        "content-type": "text/html",
        "set-cookie": "session=evil",
        "access-control-allow-origin": "*",
        "keep-alive": "timeout=5",
        "x-own": "1",
        etag: '"a"',
      });
      response.write("<script>first");
      finish = () => response.end("last");
    });
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/x", "&stream=true"));
    expect(response.status).toBe(418);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe("<script>first");
    finish();
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe("last");
    expect((await reader.read()).done).toBe(true);
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "text/html",
      etag: '"a"',
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "x-flyte-upstream-status": "418",
      "x-request-id": expect.any(String),
    });
  });

  it("passes no description of a body on that HEAD does not get", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip", etag: '"1"' };
    const app = await target((response) => response.writeHead(200, headers).end());
    const { request } = webhook({ url: `http://${app.host}` });
    const response = await request("POST", call("/x", "&stream=true&method=HEAD"));
    expect(response.headers.get("etag")).toBe('"1"');
    for (const name of ["content-type", "content-encoding"]) expect(response.headers.get(name)).toBeNull();
    expect(await response.text()).toBe("");
  });

  it.each([204, 304])("passes %i on without a body", async (status) => {
    const app = await target((response) => response.writeHead(status).end());
    const response = await webhook({ url: `http://${app.host}` }).request("POST", call("/x", "&stream=true"));
    expect([response.status, await response.text()]).toEqual([status, ""]);
  });

  it("ends at the deadline when the app sends no head, and lives on while parts come", async () => {
    const silent = await target(() => {});
    const late = await webhook({ url: `http://${silent.host}` }).request(
      "POST",
      call("/x", "&stream=true&timeout=0.2"),
    );
    expect(late.status).toBe(504);
    const slow = await target((response) => {
      let left = 5;
      const timer = setInterval(() => {
        response.write("x");
        if (--left === 0) {
          clearInterval(timer);
          response.end();
        }
      }, 100);
    });
    const response = await webhook({ url: `http://${slow.host}` }).request(
      "POST",
      call("/x", "&stream=true&timeout=0.3"),
    );
    expect(await response.text()).toBe("xxxxx");
  });
});

describe("call_app behind a server", () => {
  /** The webhook on a port. */
  async function served(url: string) {
    const serving = await serve(webhook({ url }).app, { port: 0, hostname: "127.0.0.1" });
    drains.push(() => serving.drain(0));
    return (path: string, init: RequestInit & { duplex?: "half" }) =>
      fetch(`http://127.0.0.1:${serving.port}${path}`, {
        method: "POST",
        ...init,
        headers: { authorization: "Bearer t", ...init.headers },
      });
  }

  it("sends the payload of a body that asks for the answer as a stream: it was read, so nothing else is left of it", async () => {
    const app = await target((response, { body }) => response.writeHead(418).end(body));
    const post = await served(`http://${app.host}`);
    const response = await post(call("/x", "&timeout=5"), {
      body: JSON.stringify({ stream: true, method: "PUT", payload: { a: 1 } }),
      headers: { "content-type": "application/json; charset=utf-8" },
    });
    expect([response.status, await response.text()]).toEqual([418, '{"a":1}']);
    expect(app.requests[0]).toMatchObject({ method: "PUT", headers: { "content-type": "application/json" } });
  });

  it("streams a body through while it is sent, and the answer back", async () => {
    const app = await target(echo, (request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      request.pipe(response);
      return true;
    });
    const post = await served(`http://${app.host}`);
    const parts = new TransformStream<Uint8Array, Uint8Array>();
    const writer = parts.writable.getWriter();
    writer.write(Buffer.from("one")).catch(() => {});
    const response = await post(call("/x", "&method=POST&stream=true"), {
      body: parts.readable,
      duplex: "half",
      headers: { "content-type": "text/plain" },
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const next = async () => Buffer.from((await reader.read()).value ?? []).toString();
    expect(await next()).toBe("one");
    writer.write(Buffer.from("two")).catch(() => {});
    expect(await next()).toBe("two");
    await writer.close();
    expect((await reader.read()).done).toBe(true);
  });

  it.each([
    ["GET", "text"],
    ["OPTIONS", "text"],
    ["POST", undefined],
    ["DELETE", undefined],
    ["POST", "text"],
  ])("streams a %s with the body %s", async (method, body) => {
    const app = await target(echo);
    const post = await served(`http://${app.host}`);
    const response = await post(call("/x", `&method=${method}&stream=true`), body === undefined ? {} : { body });
    expect(response.status).toBe(200);
    expect(app.requests[0]).toMatchObject({ method, body: method === "POST" ? (body ?? "") : "" });
  });

  it("ends the call when its caller goes away", async () => {
    let closed = false;
    const app = await target((response) => response.on("close", () => (closed = true)));
    const post = await served(`http://${app.host}`);
    const caller = new AbortController();
    const gone = post(call("/x"), { signal: caller.signal }).catch(() => {});
    await expect.poll(() => app.requests.length).toBe(1);
    caller.abort();
    await gone;
    await expect.poll(() => closed).toBe(true);
  });
});

/** A resolver that answers in turn with these addresses; the last ones repeat. */
function resolver(...answers: string[][]) {
  const state = {
    asked: 0,
    resolve: (
      _: string,
      __: unknown,
      callback: (error: null, addresses: { address: string; family: number }[]) => void,
    ) => {
      const addresses = answers[Math.min(state.asked++, answers.length - 1)] ?? [];
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    },
  };
  return state;
}
