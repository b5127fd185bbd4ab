import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createConnection } from "../connection.ts";
import { type Certificates, makeCertificates } from "../testing/certificates.ts";
import { type GuardedPlaneOptions, startGuardedPlane } from "../testing/guarded-plane.ts";
import { Users } from "../users.ts";
import { type AuthOptions, loginWith } from "./login.ts";
import type { LoginPrompt } from "./login-prompt.ts";
import { login, logout } from "./session.ts";
import { type Keyring, memoryTokenStore, userTokenStore } from "./token-store.ts";

let tls: Certificates;
const dir = mkdtempSync(join(tmpdir(), "flyte-login-"));
beforeAll(() => {
  tls = makeCertificates();
});
afterAll(() => rmSync(dir, { recursive: true }));

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function plane(options: GuardedPlaneOptions = {}) {
  const started = await startGuardedPlane({ tls, ...options });
  closing.push(started);
  return started;
}

function users(origin: string, auth: AuthOptions, options: Partial<Parameters<typeof createConnection>[0]> = {}) {
  const connection = createConnection({ endpoint: origin, ca: tls.ca, auth: loginWith(auth), ...options });
  closing.push(connection);
  return new Users(connection);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A browser whose user agrees to everything: it follows the page's redirect back. */
function browser(change: (back: URL) => URL = (back) => back): LoginPrompt & { readonly opened: string[] } {
  const opened: string[] = [];
  return {
    opened,
    tell: () => {},
    open: async (page) => {
      opened.push(page);
      httpsGet(page, { ca: tls.ca }, ({ headers }) =>
        httpGet(change(new URL(headers.location ?? ""))).on("error", () => {}),
      );
      return true;
    },
  };
}

describe("PKCE in the browser", () => {
  it("is asked for when the plane refuses, once for 50 concurrent calls", async () => {
    const redirectUri = `http://localhost:${await freePort()}/callback`;
    const { origin, granted, grants, calls } = await plane({ redirectUri, audience: "api" });
    const prompt = browser();
    const client = users(origin, { type: "Pkce", store: memoryTokenStore(), prompt });
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.me()));
    expect(new Set(answers.map(({ subject }) => subject))).toEqual(new Set(["alice"]));
    expect([prompt.opened.length, granted("authorization_code")]).toEqual([1, 1]);
    const asked = new URL(prompt.opened[0] ?? "").searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      client_id: "flyte-cli",
      response_type: "code",
      scope: "all offline",
      audience: "api",
      code_challenge_method: "S256",
    });
    expect(grants[0]?.form).toMatchObject({ client_id: "flyte-cli", redirect_uri: redirectUri });
    // The first calls went without a token, in case the plane needs none.
    expect(calls.filter(({ token }) => token === null).map(({ method }) => method)).toContain("UserInfo");
  });

  it("takes no answer with another state", async () => {
    const redirectUri = `http://localhost:${await freePort()}/callback`;
    const { origin, granted } = await plane({ redirectUri });
    let forged = 0;
    const prompt = browser((back) => {
      const evil = new URL(back);
      evil.searchParams.set("state", "forged");
      httpGet(evil, ({ statusCode }) => {
        forged = statusCode ?? 0;
        httpGet(back);
      });
      return evil;
    });
    await users(origin, { type: "Pkce", store: memoryTokenStore(), prompt }).me();
    expect([forged, granted("authorization_code")]).toEqual([404, 1]);
  });

  it("says so when the user refuses", async () => {
    const { origin } = await plane({ redirectUri: `http://localhost:${await freePort()}/callback` });
    const prompt = browser((back) => {
      back.searchParams.delete("code");
      back.searchParams.set("error", "access_denied");
      return back;
    });
    await expect(users(origin, { type: "Pkce", store: memoryTokenStore(), prompt }).me()).rejects.toMatchObject({
      code: "unauthenticated",
      message: "the login was refused (access_denied)",
    });
  });

  it("is not begun where the answer cannot come, or nobody is there", async () => {
    const elsewhere = await plane({ redirectUri: "https://acme.example.com/callback" });
    const pkce = { type: "Pkce", store: memoryTokenStore() } as const;
    await expect(users(elsewhere.origin, { ...pkce, prompt: browser() }).me()).rejects.toThrow(
      "no port of this machine",
    );
    const taken = await plane({ redirectUri: `http://localhost:${elsewhere.port}/callback` });
    const busy = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => busy.once("listening", resolve));
    closing.push({ close: () => new Promise((resolve) => busy.close(() => resolve())) });
    expect(taken.port).toBeGreaterThan(0);
    const { port } = busy.address() as AddressInfo;
    const blocked = await plane({ redirectUri: `http://127.0.0.1:${port}/callback` });
    await expect(users(blocked.origin, { ...pkce, prompt: browser() }).me()).rejects.toThrow("EADDRINUSE");
    await expect(users(blocked.origin, { ...pkce, mayAsk: false }).me()).rejects.toMatchObject({
      code: "unauthenticated",
      hint: expect.stringContaining("flyte-webhook login"),
    });
  });
});

describe("a login that is kept", () => {
  const store = memoryTokenStore();
  const device = { type: "DeviceFlow", store, mayAsk: false } as const;
  const tokens = (expiresAt: number, accessToken = "old", refreshToken?: string) =>
    ({ accessToken, refreshToken, expiresAt, header: "authorization" }) as const;

  it("is renewed by its refresh token: before it expires, and when it is refused, once for 50 calls", async () => {
    const { origin, granted, grants, revoke, approve } = await plane();
    const login = users(origin, {
      type: "DeviceFlow",
      store,
      prompt: { tell: () => approve(), open: async () => false },
    });
    await login.me();
    const kept = await store.read(origin);
    if (!kept) throw new Error("not kept");
    expect(kept).toMatchObject({ refreshToken: expect.stringMatching(/^refresh-/), header: "authorization" });

    await store.write(origin, { ...kept, renewAt: Date.now(), expiresAt: Date.now() + 30_000 });
    const next = users(origin, device);
    await Promise.all(Array.from({ length: 50 }, () => next.me()));
    expect(granted("refresh_token")).toBe(1);

    revoke();
    await Promise.all(Array.from({ length: 50 }, () => next.me()));
    expect(granted("refresh_token")).toBe(2);
    expect(grants.at(-1)?.form).toMatchObject({ client_id: "flyte-cli", grant_type: "refresh_token" });
    // Another process has the new one.
    expect((await store.read(origin))?.accessToken).not.toBe(kept.accessToken);
    await users(origin, device).me();
    expect(granted("refresh_token")).toBe(2);
  });

  it("that another process renewed is used, not renewed again", async () => {
    const { origin, granted, approve } = await plane();
    const prompt = { tell: () => approve(), open: async () => false };
    const first = users(origin, { type: "DeviceFlow", store, prompt });
    await first.me();
    const good = await store.read(origin);
    if (!good) throw new Error("not kept");
    await store.write(origin, tokens(Date.now() + 3_600_000, "stale", "gone"));
    const second = users(origin, device);
    await expect(second.me()).rejects.toMatchObject({ code: "unauthenticated" });
    await store.write(origin, good);
    await expect(second.me()).resolves.toMatchObject({ subject: "bob" });
    expect(granted("refresh_token")).toBe(1);
  });

  it("whose refresh token is no longer good leads to a new login", async () => {
    const { origin, granted, grants, revoke, revokeRefresh, approve } = await plane();
    const prompt = { tell: () => approve(), open: async () => false };
    const client = users(origin, { type: "DeviceFlow", store, prompt });
    await client.me();
    revoke();
    revokeRefresh();
    await expect(client.me()).resolves.toMatchObject({ subject: "bob" });
    expect(granted("refresh_token")).toBe(1);
    expect(grants.filter(({ path }) => path === "/device")).toHaveLength(2);
  });

  it("does not depend on the machine's clock being right", async () => {
    const { origin, granted, approve } = await plane();
    const prompt = { tell: () => approve(), open: async () => false };
    const skewed = memoryTokenStore();
    const client = users(origin, { type: "DeviceFlow", store: skewed, prompt });
    await client.me();
    // Issued by a clock that was ten years behind: the token is renewed without a word.
    const kept = await skewed.read(origin);
    if (!kept) throw new Error("not kept");
    await skewed.write(origin, { ...kept, expiresAt: (kept.expiresAt ?? 0) - 3e11 });
    await expect(users(origin, { ...device, store: skewed }).me()).resolves.toMatchObject({ subject: "bob" });
    expect(granted("refresh_token")).toBe(1);
  });
});

describe("login and logout", () => {
  it("keep a login for later programs, and forget it", async () => {
    const { origin, approve } = await plane();
    const store = memoryTokenStore();
    const prompt = { tell: () => approve(), open: async () => false };
    const authOptions = { type: "DeviceFlow", store, prompt, mayAsk: false } as const;
    const config = { endpoint: origin, ca: tls.ca, authOptions };
    await expect(login(config)).resolves.toMatchObject({ subject: "bob" });
    await expect(users(origin, authOptions).me()).resolves.toMatchObject({ subject: "bob" });
    await logout(config);
    await expect(users(origin, authOptions).me()).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("are refused where the configuration needs no person", async () => {
    const config = { endpoint: "acme.example.com", apiKey: "key", authOptions: undefined };
    await expect(login(config)).rejects.toThrow("it is configured for an API key");
    await expect(logout({ ...config, apiKey: undefined })).rejects.toThrow("plain HTTP without a login");
  });
});

describe("the device flow", () => {
  it("shows an address and a code, and asks on while the server falters", async () => {
    const { origin, grants, approve } = await plane();
    const told: string[] = [];
    const tell = (text: string) => {
      told.push(text);
      setTimeout(approve, 100);
    };
    const prompt: LoginPrompt = { tell, open: async () => false };
    const { subject } = await users(origin, { type: "DeviceFlow", store: memoryTokenStore(), prompt }).me();
    expect(subject).toBe("bob");
    expect(told).toEqual([`Log in at ${origin}/activate with the code WDJB-MJHT`]);
    expect(grants[0]).toMatchObject({ path: "/device", form: { client_id: "flyte-cli", scope: "all offline" } });
  });
});

describe("client credentials", () => {
  const secret = { type: "ClientSecret", clientId: "cid", clientSecret: "sec" } as const;

  it("are exchanged once for 50 calls, for the scopes and audience that are asked for", async () => {
    const { origin, grants } = await plane({ clients: { cid: "sec" } });
    const client = users(origin, { ...secret, scopes: ["mine"], audience: "aud" });
    await Promise.all(Array.from({ length: 50 }, () => client.me()));
    expect(grants.map(({ form }) => form)).toEqual([
      { grant_type: "client_credentials", scope: "mine", audience: "aud" },
    ]);
  });

  it("that are wrong are refused by name, not by value", async () => {
    const { origin } = await plane({ clients: { cid: "other" } });
    await expect(users(origin, secret).me()).rejects.toMatchObject({
      code: "unauthenticated",
      message: "the authorization server refused the client cid (invalid_client)",
    });
  });

  it("are not sent to a server whose certificate is not trusted", async () => {
    const { origin, grants } = await plane({ clients: { cid: "sec" } });
    await expect(users(origin, secret, { ca: makeCertificates().ca }).me()).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(grants).toEqual([]);
    await expect(users(origin, secret, { ca: undefined, insecureSkipVerify: true }).me()).resolves.toBeDefined();
  });

  it("go through the proxy that the environment names", async () => {
    const { origin, granted } = await plane({ clients: { cid: "sec" } });
    const targets: string[] = [];
    const proxy = await startProxy(targets);
    const proxyEnv = { HTTPS_PROXY: proxy };
    await users(origin, secret, { proxyEnv }).me();
    // To the authorization server as to the control plane.
    expect([new Set(targets), granted("client_credentials")]).toEqual([new Set([new URL(origin).host]), 1]);
    expect(targets.length).toBeGreaterThan(1);
    const direct = targets.length;
    await users(origin, secret, { proxyEnv: { ...proxyEnv, NO_PROXY: "localhost" } }).me();
    expect(targets.length).toBe(direct);
    await expect(users(origin, secret, { proxyEnv, ca: makeCertificates().ca }).me()).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});

describe("an external command", () => {
  const node = (script: string) => ({ type: "ExternalCommand", command: [process.execPath, "-e", script] }) as const;

  it("gives the token, which is used until it is refused", async () => {
    const { origin, calls } = await plane({ header: "flyte-authorization" });
    const client = users(origin, node("console.log(' from-command ')"));
    await expect(client.me()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(calls.filter(({ method }) => method === "UserInfo").map(({ token }) => token)).toEqual([
      "Bearer from-command",
      "Bearer from-command",
    ]);
  });

  it.each([
    ["process.stderr.write('no session\\n'); process.exit(3)", "no session"],
    ["", "it prints nothing"],
  ])("that fails is told: %s", async (script, why) => {
    const { origin } = await plane();
    await expect(users(origin, node(script)).me()).rejects.toMatchObject({
      code: "unauthenticated",
      message: `the command ${process.execPath} gives no token: ${why}`,
    });
  });
});

describe("passthrough", () => {
  it("sends the credentials of whoever is being served", async () => {
    const { origin, calls } = await plane();
    let authorization = "Bearer a.b.c";
    const client = users(origin, { type: "Passthrough", caller: () => ({ authorization }) });
    await client.me().catch(() => {});
    authorization = "Bearer d.e.f";
    await client.me().catch(() => {});
    await client.me({ caller: { authorization: "Bearer own.of.call" } }).catch(() => {});
    expect(calls.map(({ token }) => token)).toEqual(["Bearer a.b.c", "Bearer d.e.f", "Bearer own.of.call"]);
  });
});

describe("the store of tokens", () => {
  const tokens = { accessToken: "a", refreshToken: "r", expiresAt: 1, header: "authorization" };

  it("is the keyring where there is one", async () => {
    const kept = new Map<string, string>();
    const keyring: Keyring = {
      get: async (name) => kept.get(name),
      set: async (name, secret) => void kept.set(name, secret),
      delete: async (name) => void kept.delete(name),
    };
    const store = userTokenStore(keyring, join(dir, "unused.json"));
    await store.write("n", tokens);
    expect(await store.read("n")).toEqual(tokens);
    expect(() => statSync(join(dir, "unused.json"))).toThrow();
    await store.delete("n");
    expect([await store.read("n"), kept.size]).toEqual([undefined, 0]);
  });

  it("is a file for the user alone where there is none", async () => {
    const missing = async () => Promise.reject(new Error("no keyring"));
    const file = join(dir, "below", "tokens.json");
    const store = userTokenStore({ get: missing, set: missing, delete: missing }, file);
    await store.write("n", tokens);
    await store.write("m", tokens);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await store.read("n")).toEqual(tokens);
    await store.delete("n");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ m: tokens });
  });
});

/** A proxy that opens tunnels and keeps where to. */
async function startProxy(targets: string[]): Promise<string> {
  const { createServer: createHttp } = await import("node:http");
  const { connect } = await import("node:net");
  const server = createHttp();
  server.on("connect", (request, socket) => {
    targets.push(request.url ?? "");
    const [host, port] = (request.url ?? "").split(":");
    const peer = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      peer.pipe(socket).pipe(peer);
    });
    peer.on("error", () => socket.destroy());
    socket.on("error", () => peer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push({
    async close() {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
