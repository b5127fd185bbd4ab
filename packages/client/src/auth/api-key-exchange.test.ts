import { afterEach, describe, expect, it, vi } from "vitest";
import { Apps } from "../apps.ts";
import { type Connection, createConnection } from "../connection.ts";
import { Operation, selectCluster } from "../data-plane.ts";
import { type Certificates, makeCertificates } from "../testing/certificates.ts";
import { type GuardedPlaneOptions, startGuardedPlane } from "../testing/guarded-plane.ts";
import { Users } from "../users.ts";
import { createApiKeyExchange } from "./api-key-exchange.ts";

const SECRET = "se/c+ret =&:x";
const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function plane(options: GuardedPlaneOptions = {}) {
  const started = await startGuardedPlane({ clients: { cid: SECRET }, ...options });
  closing.push(started);
  return started;
}

function connect(origin: string, options: Partial<Parameters<typeof createConnection>[0]> = {}) {
  const connection = createConnection({ endpoint: origin, project: "p", domain: "d", ...options });
  closing.push(connection);
  return connection;
}

const keyOf = (port: number, secret = SECRET, host = "localhost") =>
  Buffer.from(`${host}:${port}:cid:${secret}:org`).toString("base64");
const bearer = (key: string) => ({ caller: { authorization: `Bearer ${key}` } });

/** What a watch tells; the plane names its app after the subject of the token. */
async function revisions(plane: string | Connection, key: string): Promise<unknown[]> {
  const connection = typeof plane === "string" ? connect(plane, { project: "", domain: "" }) : plane;
  const seen: unknown[] = [];
  for await (const { metadata } of new Apps(connection).watch({ name: "cid" }, bearer(key)))
    seen.push(metadata?.revision);
  return seen;
}

describe("an API key as bearer", () => {
  it("is exchanged once for 64 concurrent calls, and the key itself goes nowhere", async () => {
    const { origin, port, grants, calls } = await plane({ delayMs: 30, audience: "api" });
    const users = new Users(connect(origin));
    const answers = await Promise.all(Array.from({ length: 64 }, () => users.me(bearer(keyOf(port)))));
    expect(new Set(answers.map(({ subject }) => subject))).toEqual(new Set(["cid"]));
    expect(grants).toEqual([
      {
        path: "/token",
        form: { grant_type: "client_credentials", scope: "all offline", audience: "api" },
        authorization: `Basic ${Buffer.from("cid:se%2Fc%2Bret+%3D%26%3Ax").toString("base64")}`,
      },
    ]);
    expect(calls.filter(({ method }) => method === "UserInfo").every(({ token }) => token === "Bearer token-1")).toBe(
      true,
    );
    const asked = calls.filter(({ method }) => method !== "UserInfo");
    expect(asked.map(({ method, token }) => [method, token]).sort()).toEqual([
      ["GetOAuth2Metadata", null],
      ["GetPublicClientConfig", null],
    ]);
  });

  it("is exchanged for streams too", async () => {
    const { origin, port, calls } = await plane();
    expect(await revisions(origin, keyOf(port))).toEqual([1n, 2n]);
    expect(calls.at(-1)).toMatchObject({ method: "Watch", token: "Bearer token-1" });
  });

  it("makes a new token when the one it has is refused, once for all calls, and retries once", async () => {
    const { origin, port, revoke, granted } = await plane();
    const users = new Users(connect(origin));
    await users.me(bearer(keyOf(port)));
    revoke();
    await Promise.all(Array.from({ length: 50 }, () => users.me(bearer(keyOf(port)))));
    expect(granted("client_credentials")).toBe(2);
  });

  it("makes a new token for a stream, too", async () => {
    const { origin, port, revoke, granted } = await plane();
    const connection = connect(origin, { project: "", domain: "" });
    await new Users(connection).me(bearer(keyOf(port)));
    revoke();
    expect(await revisions(connection, keyOf(port))).toEqual([1n, 2n]);
    expect(granted("client_credentials")).toBe(2);
  });

  it("stays refused when a new token is refused as well", async () => {
    const { origin, port, granted } = await plane({ takesTokens: false });
    const users = new Users(connect(origin));
    await expect(users.me(bearer(keyOf(port)))).rejects.toMatchObject({ code: "unauthenticated" });
    expect(granted("client_credentials")).toBe(2);
  });

  it("of another control plane is refused at once and never sent", async () => {
    const { origin, port, grants, calls } = await plane();
    const users = new Users(connect(origin));
    for (const key of [keyOf(port, SECRET, "other.example.com"), keyOf(port + 1)]) {
      await expect(users.me(bearer(key))).rejects.toMatchObject({ code: "unauthenticated", status: 401 });
      await expect(new Users(connect(origin, { apiKey: key })).me()).rejects.toMatchObject({ code: "unauthenticated" });
    }
    expect([grants, calls]).toEqual([[], []]);
  });

  it("whose secret is wrong is refused, without a word of it", async () => {
    const { origin, port } = await plane();
    const users = new Users(connect(origin));
    const error = await users.me(bearer(keyOf(port, "wrong-secret"))).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "unauthenticated",
      message: "the authorization server refused the API key (invalid_client)",
    });
    const { inspect } = await import("node:util");
    const dump = inspect(error, { depth: 20, showHidden: true });
    for (const secret of [
      "wrong-secret",
      keyOf(port, "wrong-secret"),
      Buffer.from("cid:wrong-secret").toString("base64"),
    ]) {
      expect(dump).not.toContain(secret);
    }
  });

  it("is the same key under the console's address", async () => {
    const { origin } = await plane();
    const key = Buffer.from(`console.example.com:cid:${SECRET}:org`).toString("base64");
    const users = new Users(connect(origin, { consoleUrl: "https://console.example.com" }));
    await expect(users.me(bearer(key))).resolves.toMatchObject({ subject: "cid" });
  });

  it("travels in the header that the control plane names, and nothing else carries it", async () => {
    const { origin, port, calls } = await plane({ header: "Flyte-Authorization" });
    const users = new Users(connect(origin));
    await expect(users.me(bearer(keyOf(port)))).resolves.toMatchObject({ subject: "cid" });
    expect(calls.at(-1)).toEqual({ method: "UserInfo", token: "Bearer token-1", authorization: null });
  });

  it("as a connection's own, is exchanged; any other text is sent as it stands", async () => {
    const { origin, port, calls } = await plane();
    await expect(new Users(connect(origin, { apiKey: keyOf(port) })).me()).resolves.toMatchObject({ subject: "cid" });
    await expect(new Users(connect(origin, { apiKey: "fwk_x" })).me()).rejects.toMatchObject({
      code: "unauthenticated",
    });
    expect(calls.at(-1)).toMatchObject({ authorization: "Bearer fwk_x" });
  });

  it("is exchanged once for the control plane and its clusters", async () => {
    const cluster = await plane();
    const home = await plane({ cluster: () => `http://127.0.0.1:${cluster.port}` });
    const connection = connect(home.origin);
    const scope = { org: "", project: "p", domain: "d" };
    const there = await selectCluster(connection, Operation.CREATE_DOWNLOAD_LINK, scope, bearer(keyOf(home.port)));
    expect(there.origin).toBe(`http://127.0.0.1:${cluster.port}`);
    await new Users(there).me(bearer(keyOf(home.port))).catch(() => {});
    expect(cluster.calls[0]).toMatchObject({ method: "UserInfo", token: "Bearer token-1" });
    // The cluster of this test does not know the home's tokens: its refusal leads to a new one, from the home.
    expect([home.granted("client_credentials"), cluster.granted("client_credentials")]).toEqual([2, 0]);
  });

  it("ends with the call's own deadline and signal while the authorization server is silent", async () => {
    const { origin, port } = await plane({ delayMs: 500 });
    const users = new Users(connect(origin));
    await expect(users.me({ ...bearer(keyOf(port)), timeoutMs: 50 })).rejects.toMatchObject({
      code: "deadline_exceeded",
    });
    const signal = AbortSignal.timeout(20);
    await expect(users.me({ ...bearer(keyOf(port)), signal })).rejects.toMatchObject({ code: "canceled" });
  });

  it("goes to no token endpoint in the clear from a TLS plane, and to no metadata address", async () => {
    const certificates: Certificates = makeCertificates();
    const clear = await plane({ tls: certificates, tokenEndpoint: "http://idp.example.com/token" });
    const users = new Users(connect(clear.origin, { ca: certificates.ca }));
    await expect(users.me(bearer(keyOf(clear.port)))).rejects.toMatchObject({ code: "internal" });
    const metadata = await plane({ tokenEndpoint: "http://169.254.169.254/token" });
    await expect(new Users(connect(metadata.origin)).me(bearer(keyOf(metadata.port)))).rejects.toMatchObject({
      code: "internal",
    });
  });

  it("is exchanged over TLS of the plane's own authority, and not without it", async () => {
    const tls = makeCertificates();
    const { origin, port } = await plane({ tls });
    await expect(new Users(connect(origin, { ca: tls.ca })).me(bearer(keyOf(port)))).resolves.toMatchObject({
      subject: "cid",
    });
    await expect(new Users(connect(origin)).me(bearer(keyOf(port)))).rejects.toMatchObject({ code: "unavailable" });
    await expect(
      new Users(connect(origin, { insecureSkipVerify: true })).me(bearer(keyOf(port))),
    ).resolves.toMatchObject({ subject: "cid" });
  });
});

describe("the cache of tokens", () => {
  it("exchanges anew shortly before the expiry", async () => {
    const { origin, port, granted } = await plane({ expiresIn: 600 });
    let now = 0;
    const { unary } = connect(origin);
    const exchange = createApiKeyExchange({ origin, aliases: [], unary, now: () => now });
    const source = exchange(`Bearer ${keyOf(port)}`);
    const first = await source?.current();
    now = 539_000;
    expect(await source?.current()).toBe(first);
    now = 541_000;
    expect(await source?.current()).not.toBe(first);
    expect(granted("client_credentials")).toBe(2);
  });

  it("does not keep a failure", async () => {
    const { origin, port, grants } = await plane({ clients: {} });
    const users = new Users(connect(origin));
    for (let round = 0; round < 2; round++) await users.me(bearer(keyOf(port))).catch(() => {});
    expect(grants).toHaveLength(2);
  });
});

describe("an ordinary token", () => {
  it("is sent as it stands", async () => {
    const { origin, calls, grants } = await plane();
    const spy = vi.fn();
    await new Users(connect(origin)).me(bearer("a.b.c")).catch(spy);
    expect([calls[0]?.authorization, grants.length, spy.mock.calls.length]).toEqual(["Bearer a.b.c", 0, 1]);
  });
});
