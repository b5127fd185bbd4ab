import { readFileSync, rmSync, statSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startDevbox } from "../devbox.ts";
import { temporaryDevbox, temporaryDirectory } from "../testing/temporary-devbox.ts";

const USER_INFO = "/flyteidl2.auth.IdentityService/UserInfo";
const LIST_PROJECTS = "/flyteidl2.project.ProjectService/ListProjects";

/** As it is written: `fetch` would set `Host` and forbid `Origin`. */
function send(endpoint: string, path: string, headers: Record<string, string> = {}, method = "POST") {
  return new Promise<{ status: number; body: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const request = httpRequest(new URL(path, endpoint), {
      method,
      headers: { "content-type": "application/json", ...headers },
    });
    request.on("error", reject);
    request.on("response", async (response) => {
      let body = "";
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, body, headers: response.headers });
    });
    request.end(method === "POST" ? "{}" : undefined);
  });
}

describe("who a caller is", () => {
  test("the API key is the admin's, without credentials nobody is named", async () => {
    const { devbox } = await temporaryDevbox();
    const { endpoint, apiKey } = devbox;
    expect(await send(endpoint, USER_INFO, { authorization: `Bearer ${apiKey}` })).toMatchObject({
      status: 200,
      body: '{"subject":"admin"}',
    });
    expect((await send(endpoint, USER_INFO)).status).toBe(401);
  });

  test.each(["", "Bearer", "Bearer wrong", "Bearer fwk_AAAA", "Basic YTpi", "Bearer x.eyJzdWIiOiJib2IifQ.y"])(
    "credentials that are not valid are refused: %j",
    async (authorization) => {
      const { devbox } = await temporaryDevbox();
      const { status, body } = await send(devbox.endpoint, USER_INFO, { authorization });
      expect([status, JSON.parse(body).code]).toEqual([401, "unauthenticated"]);
    },
  );

  test("what others have made is no identity, and in nobody's way", async () => {
    const { devbox } = await temporaryDevbox();
    const status = async (authorization: string) =>
      (await send(devbox.endpoint, LIST_PROJECTS, { authorization })).status;
    expect(await status("Bearer any")).toBe(200);
    expect(await status("Basic YTpi")).toBe(200);
    expect(await status("Bearer fwk_AAAA")).toBe(401);
  });

  test("an unauthenticated stream is refused in its end, before its request is looked at", async () => {
    const { devbox } = await temporaryDevbox();
    const answer = await fetch(`${devbox.endpoint}/flyteidl2.workflow.RunService/WatchRuns`, {
      method: "POST",
      headers: { "content-type": "application/connect+json", authorization: "Bearer fwk_wrong" },
      body: "no envelope",
    });
    expect(await answer.text()).toContain('"code":"unauthenticated"');
  });

  test("cookies of other servers on localhost neither authenticate nor disturb", async () => {
    const { devbox } = await temporaryDevbox();
    const cookie = `session=${devbox.apiKey}; flyte_at=x`;
    expect(await send(devbox.endpoint, USER_INFO, { cookie })).toMatchObject({ status: 401 });
    expect(await send(devbox.endpoint, LIST_PROJECTS, { cookie })).toMatchObject({ status: 200 });
  });

  test("who an identity header names is the author of a run, a caller without one is not", async () => {
    const { devbox } = await temporaryDevbox();
    expect(await send(devbox.endpoint, USER_INFO, { "x-amzn-oidc-identity": "alice" })).toMatchObject({
      body: '{"subject":"alice"}',
    });
  });

  test("a token of another issuer is no proof of who somebody is, but says who makes a run until it expires", async () => {
    const { devbox } = await temporaryDevbox();
    const token = (claims: object) =>
      `Bearer x.${Buffer.from(JSON.stringify({ sub: "bob", ...claims })).toString("base64url")}.y`;
    const status = async (path: string, claims: object) =>
      (await send(devbox.endpoint, path, { authorization: token(claims) })).status;
    expect(await status(USER_INFO, {})).toBe(401);
    expect(await status(LIST_PROJECTS, { exp: Date.now() / 1000 + 60 })).toBe(200);
    expect(await status(LIST_PROJECTS, { exp: Date.now() / 1000 - 1 })).toBe(401);
  });
});

describe("where requests may come from", () => {
  test.each([
    ["127.0.0.1:PORT", 200],
    ["localhost:PORT", 200],
    ["[::1]:PORT", 200],
    ["my-app.localhost:PORT", 200],
    ["evil.example.org", 403],
    ["evil.example.org:PORT", 403],
    ["127.0.0.1.example.org:PORT", 403],
    ["localhost.example.org", 403],
    ["notlocalhost:PORT", 403],
    ["10.0.0.1:PORT", 403],
  ])("Host %s: %i", async (host, status) => {
    const { devbox } = await temporaryDevbox();
    const { port } = new URL(devbox.endpoint);
    expect((await send(devbox.endpoint, LIST_PROJECTS, { host: host.replace("PORT", port) })).status).toBe(status);
    expect((await send(devbox.endpoint, "/healthz", { host: host.replace("PORT", port) }, "GET")).status).toBe(status);
  });

  test("only its own origin", async () => {
    const { devbox } = await temporaryDevbox();
    const { endpoint, apiKey } = devbox;
    expect((await send(endpoint, LIST_PROJECTS, { origin: endpoint })).status).toBe(200);
    const foreign = [
      "http://evil.example.org",
      "null",
      "http://127.0.0.1:1",
      "https://127.0.0.1",
      endpoint.replace("http", "https"),
    ];
    for (const origin of foreign) {
      const answer = await send(endpoint, USER_INFO, { origin, authorization: `Bearer ${apiKey}` });
      expect([answer.status, answer.headers["access-control-allow-origin"]], origin).toEqual([403, undefined]);
      expect(
        (await send(endpoint, USER_INFO, { origin, "access-control-request-method": "POST" }, "OPTIONS")).status,
      ).toBe(403);
    }
  });
});

describe("config.yaml", () => {
  test("is Flyte's, for its user alone, and keeps its key when the port changes", async () => {
    const dir = temporaryDirectory();
    const first = await startDevbox({ dir, port: 0 });
    await first.close();
    const second = await startDevbox({ dir, port: 0 });
    try {
      expect(second.apiKey).toBe(first.apiKey);
      expect(second.apiKey).toMatch(/^fwk_[\w-]{43}$/);
      expect(second.config).toBe(join(dir, "config.yaml"));
      expect(statSync(second.config).mode & 0o777).toBe(0o600);
      expect(readFileSync(second.config, "utf8")).toBe(`# Written by the flyte-webhook devbox at each start.
admin:
  endpoint: dns:///${new URL(second.endpoint).host}
  insecure: true
  apiKey: ${second.apiKey}
task:
  project: flytesnacks
  domain: development
`);
      expect(readFileSync(join(dir, "devbox.db"), "latin1")).not.toContain(second.apiKey);
    } finally {
      await second.close();
    }
  });

  test("without it, a new key takes the place of the lost one", async () => {
    const dir = temporaryDirectory();
    const first = await startDevbox({ dir, port: 0 });
    await first.close();
    rmSync(first.config);
    const { devbox } = await temporaryDevbox({ dir });
    expect(devbox.apiKey).not.toBe(first.apiKey);
    const bearer = (key: string) => send(devbox.endpoint, USER_INFO, { authorization: `Bearer ${key}` });
    expect([(await bearer(devbox.apiKey)).status, (await bearer(first.apiKey)).status]).toEqual([200, 401]);
  });
});

test("a port in use is an error that says so", async () => {
  const { devbox } = await temporaryDevbox();
  const { port } = new URL(devbox.endpoint);
  const taken = startDevbox({ dir: temporaryDirectory(), port: Number(port) });
  await expect(taken).rejects.toMatchObject({
    code: "invalid_config",
    message: expect.stringContaining("the port is in use"),
  });
});
