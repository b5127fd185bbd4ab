import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createConnection } from "../connection.ts";
import { type AuthorizationServerOptions, PERSON, startAuthorizationServer } from "../testing/authorization-server.ts";
import { type Certificates, makeCertificates } from "../testing/certificates.ts";
import { personAt } from "../testing/person.ts";
import { startTokenPlane, type TokenPlaneOptions } from "../testing/token-plane.ts";
import type { Whoami, WhoamiOptions } from "../testing/whoami.ts";
import { Users } from "../users.ts";
import { type AuthOptions, loginWith } from "./login.ts";
import { memoryTokenStore, type TokenStore, userTokenStore } from "./token-store.ts";

const AUDIENCE = "https://flyte.example.com/api";
const PKCE = "authorization_code";
const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
const dir = mkdtempSync(join(tmpdir(), "flyte-oauth-"));
const caFile = join(dir, "ca.pem");
let tls: Certificates;
beforeAll(() => {
  tls = makeCertificates();
  writeFileSync(caFile, tls.ca);
});
afterAll(() => rmSync(dir, { recursive: true }));
// The provider says at each start that it keeps what it knows in memory.
beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => {}));

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
  vi.restoreAllMocks();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Setup {
  readonly server?: Partial<AuthorizationServerOptions>;
  readonly plane?: Partial<TokenPlaneOptions>;
}

/** An authorization server, a control plane that takes its tokens, and a person who logs in where they are led to. */
async function start(setup: Setup = {}) {
  const redirectUri = `http://localhost:${await freePort()}/callback`;
  const server = await startAuthorizationServer({ tls, audience: AUDIENCE, redirectUri, ...setup.server });
  closing.push(server);
  const plane = await startTokenPlane({ tls, server, audience: AUDIENCE, redirectUri, ...setup.plane });
  closing.push(plane);
  return { server, plane, prompt: personAt(tls.ca) };
}

function users(origin: string, auth: AuthOptions, options: Partial<Parameters<typeof createConnection>[0]> = {}) {
  const connection = createConnection({ endpoint: origin, ca: tls.ca, auth: loginWith(auth), ...options });
  closing.push(connection);
  return new Users(connection);
}

const at50 = (client: Users) => Promise.all(Array.from({ length: 50 }, () => client.me()));
const robot = { type: "ClientSecret", clientId: "robot", clientSecret: "s:e c/r+e%t" } as const;
const robots = { clients: { [robot.clientId]: robot.clientSecret } };
/** What tells a person how to get on. */
const LOGIN = expect.stringContaining("flyte-webhook login");

describe("each flow, with a real authorization server over TLS", () => {
  it("PKCE in the browser: one page for 50 calls", async () => {
    const { server, plane, prompt } = await start();
    const client = users(plane.origin, { type: "Pkce", store: memoryTokenStore(), prompt });
    expect(new Set((await at50(client)).map(({ subject }) => subject))).toEqual(new Set([PERSON]));
    expect([server.count(PKCE), prompt.pages.length]).toEqual([1, 1]);
    expect(prompt.pages[0]?.text).toContain("You are logged in.");
  });

  it("PKCE where the control plane does not say who issues its tokens", async () => {
    const { plane, prompt } = await start({ plane: { namesIssuer: false } });
    const client = users(plane.origin, { type: "Pkce", store: memoryTokenStore(), prompt });
    await expect(client.me()).resolves.toMatchObject({ subject: PERSON });
  });

  it("PKCE, and the person says no", async () => {
    const { server, plane, prompt } = await start({ server: { consents: () => false } });
    await expect(users(plane.origin, { type: "Pkce", store: memoryTokenStore(), prompt }).me()).rejects.toMatchObject({
      code: "unauthenticated",
      message: "the login was refused (access_denied)",
    });
    await vi.waitFor(() => expect(prompt.pages[0]?.text).toContain("The login failed"));
    expect(server.granted).toEqual([]);
  });

  it("the device flow", async () => {
    const { server, plane, prompt } = await start();
    const client = users(plane.origin, { type: "DeviceFlow", store: memoryTokenStore(), prompt });
    await expect(client.me()).resolves.toMatchObject({ subject: PERSON });
    expect([server.count(DEVICE), prompt.pages[0]?.text]).toEqual([1, "You are logged in."]);
  });

  it("client credentials, with a secret of any characters", async () => {
    const { server, plane } = await start({ server: robots });
    const answers = await at50(users(plane.origin, robot));
    expect([answers[49]?.subject, server.count("client_credentials")]).toEqual(["robot", 1]);
    await expect(users(plane.origin, { ...robot, clientSecret: "other" }).me()).rejects.toMatchObject({
      code: "unauthenticated",
      message: "the authorization server refused the client robot (invalid_client)",
    });
  });

  it("an API key", async () => {
    const { server, plane } = await start({ server: { clients: { robot: "s:e-c/r" } } });
    const apiKey = Buffer.from(`${new URL(plane.origin).host}:robot:s:e-c/r:acme`).toString("base64");
    const connection = createConnection({ endpoint: plane.origin, ca: tls.ca, apiKey });
    closing.push(connection);
    const answers = await at50(new Users(connection));
    expect([answers[49]?.subject, server.count("client_credentials")]).toEqual(["robot", 1]);
    // As a webhook gets it from its caller.
    const webhook = createConnection({ endpoint: plane.origin, ca: tls.ca });
    closing.push(webhook);
    const caller = { authorization: `Bearer ${apiKey}` };
    await expect(new Users(webhook).me({ caller })).resolves.toMatchObject({ subject: "robot" });
  });

  it("an external command, which is run again when its token has expired", async () => {
    const { server, plane } = await start({ server: { ...robots, expiresIn: () => 3 } });
    const script = `
      const basic = Buffer.from("robot:" + new URLSearchParams([["", ${JSON.stringify(robot.clientSecret)}]]).toString().slice(1));
      const headers = { authorization: "Basic " + basic.toString("base64"), "content-type": "application/x-www-form-urlencoded" };
      const ca = require("node:fs").readFileSync(${JSON.stringify(caFile)});
      require("node:https").request(${JSON.stringify(`${server.issuer}/token`)}, { method: "POST", ca, headers }, async (answer) => {
        let text = "";
        for await (const chunk of answer) text += chunk;
        console.log(JSON.parse(text).access_token);
      }).end("grant_type=client_credentials&scope=all");
    `;
    const client = users(plane.origin, { type: "ExternalCommand", command: [process.execPath, "-e", script] });
    await expect(client.me()).resolves.toMatchObject({ subject: "robot" });
    await sleep(3100);
    await at50(client);
    expect(server.count("client_credentials")).toBe(2);
  });
});

describe("expiry", () => {
  it("of client credentials: they are exchanged anew, once for 50 calls, before the plane refuses one", async () => {
    const { server, plane } = await start({ server: { ...robots, expiresIn: () => 3 } });
    const client = users(plane.origin, robot);
    await at50(client);
    await sleep(3100);
    await at50(client);
    expect([server.count("client_credentials"), new Set(plane.refusals)]).toEqual([2, new Set([undefined])]);
  });

  it("of a login: exactly one refresh for 50 calls, before the plane refuses one", async () => {
    const { server, plane, prompt } = await start({ server: { expiresIn: () => 3 } });
    const client = users(plane.origin, { type: "Pkce", store: memoryTokenStore(), prompt });
    await client.me();
    await sleep(3100);
    plane.refusals.length = 0;
    await at50(client);
    expect([server.count("refresh_token"), server.count(PKCE)]).toEqual([1, 1]);
    expect(new Set(plane.refusals)).toEqual(new Set([undefined]));
  });

  it("of a token that lives less than a minute does not mean a refresh for every call", async () => {
    const { server, plane, prompt } = await start({ server: { expiresIn: () => 50 } });
    const client = users(plane.origin, { type: "Pkce", store: memoryTokenStore(), prompt });
    for (let call = 0; call < 5; call++) await client.me();
    expect(server.count("refresh_token")).toBe(0);
  });

  it("before its time: exactly one refresh for 50 calls that are refused", async () => {
    const { server, plane, prompt } = await start({ server: { delayMs: 20 } });
    const client = users(plane.origin, { type: "Pkce", store: memoryTokenStore(), prompt });
    await client.me();
    plane.revoke();
    await at50(client);
    expect([server.count("refresh_token"), server.count(PKCE)]).toEqual([1, 1]);
  });
});

describe("a login that cannot be renewed", () => {
  const ended = async (store: TokenStore, origin: string) => {
    const kept = await store.read(origin);
    if (!kept) throw new Error("the login was not kept");
    await store.write(origin, { ...kept, refreshToken: "used-up", expiresAt: 1, renewAt: 1 });
  };

  it("is one error for all 50 calls, which says how to log in again", async () => {
    const { server, plane, prompt } = await start();
    const store = memoryTokenStore();
    await users(plane.origin, { type: "Pkce", store, prompt }).me();
    await ended(store, plane.origin);
    const client = users(plane.origin, { type: "Pkce", store, mayAsk: false });
    const errors = await Promise.all(Array.from({ length: 50 }, () => client.me().catch((error: unknown) => error)));
    expect(new Set(errors).size).toBe(1);
    expect(errors[0]).toMatchObject({
      code: "unauthenticated",
      message: `the login to ${plane.origin} has ended`,
      hint: LOGIN,
    });
    const refusals = server.granted.filter(({ error }) => error !== undefined);
    expect(refusals).toEqual([{ type: "refresh_token", client: "flyte-cli", error: "invalid_grant" }]);
    // It is not tried again with what is known to be no good.
    await expect(client.me()).rejects.toMatchObject({ code: "unauthenticated", hint: LOGIN });
    expect(server.granted.filter(({ error }) => error !== undefined)).toHaveLength(1);
    expect(await store.read(plane.origin)).toBeUndefined();
  });

  it("is a new login where a person is there", async () => {
    const { server, plane, prompt } = await start();
    const store = memoryTokenStore();
    await users(plane.origin, { type: "Pkce", store, prompt }).me();
    await ended(store, plane.origin);
    await at50(users(plane.origin, { type: "Pkce", store, prompt }));
    expect([server.count(PKCE), prompt.pages.length]).toEqual([2, 2]);
  });
});

describe("a certificate that is not trusted", () => {
  const CA_HINT = expect.stringMatching(/admin\.caCertFilePath.*SSL_CERT_FILE/);

  it("of the control plane is told with its mend", async () => {
    const { plane } = await start();
    for (const ca of [undefined, makeCertificates().ca]) {
      await expect(users(plane.origin, robot, { ca }).me()).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringMatching(`^the TLS certificate of ${plane.origin} is not trusted`),
        hint: CA_HINT,
      });
    }
  });

  it("of the authorization server is told with its mend, and gets no secret", async () => {
    const { server, plane } = await start({ server: { ...robots, tls: makeCertificates() } });
    await expect(users(plane.origin, robot).me()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(`the authorization server ${new URL(server.issuer).host} cannot be reached`),
      hint: CA_HINT,
    });
    expect(server.granted).toEqual([]);
  });

  it.each([
    ["is out of date", { days: [-3, -2] }, /clock of this machine/],
    ["is not yet valid", { days: [2, 3] }, /clock of this machine/],
    ["is for another name", { names: ["plane.example.com"] }, /for other names/],
  ] as const)("because it %s", async (_, certificate, hint) => {
    const own = makeCertificates(certificate);
    const plane = await startTokenPlane({ tls: own, audience: AUDIENCE, redirectUri: "" });
    closing.push(plane);
    const client = users(plane.origin, robot, { ca: own.ca });
    await expect(client.me()).rejects.toMatchObject({ code: "unavailable", hint: expect.stringMatching(hint) });
  });

  it("because there is no TLS at all", async () => {
    const plain = createHttp((_, response) => response.end());
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    closing.push({ close: () => new Promise((resolve) => plain.close(() => resolve())) });
    const { port } = plain.address() as AddressInfo;
    await expect(users(`https://localhost:${port}`, robot).me()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("does not speak TLS"),
      hint: expect.stringContaining("http://"),
    });
  });
});

describe("tokens that the control plane does not take", () => {
  const NEW = expect.stringContaining("another login changes nothing");

  it("because they are for another audience: told as that, after one attempt", async () => {
    const { server, plane, prompt } = await start({ server: { audience: "https://other.example.com", ...robots } });
    const refused = { code: "unauthenticated", message: expect.stringContaining('"aud"'), hint: NEW };
    const client = users(plane.origin, { type: "Pkce", store: memoryTokenStore(), prompt });
    await expect(client.me()).rejects.toMatchObject(refused);
    expect([server.count(PKCE), prompt.pages.length]).toEqual([1, 1]);
    await expect(users(plane.origin, robot).me()).rejects.toMatchObject(refused);
    expect(server.count("client_credentials")).toBe(2);
  });

  it("because the plane's clock is ahead of the authorization server's", async () => {
    const { plane } = await start({ server: robots, plane: { clockAheadMs: 7_200_000 } });
    await expect(users(plane.origin, robot).me()).rejects.toMatchObject({
      code: "unauthenticated",
      message: expect.stringContaining('"exp"'),
      hint: NEW,
    });
  });
});

describe("processes that share a login", () => {
  let tokenFile: string;
  beforeEach(() => {
    tokenFile = join(mkdtempSync(join(dir, "home-")), "tokens.json");
  });
  const none = async () => Promise.reject(new Error("no keyring"));
  const fileStore = () => userTokenStore({ get: none, set: none, delete: none }, tokenFile);

  async function loggedIn(setup: Setup = {}) {
    const started = await start(setup);
    const store = fileStore();
    await users(started.plane.origin, { type: "Pkce", store, prompt: started.prompt }).me();
    return { ...started, store };
  }
  const expire = async (store: TokenStore, origin: string) => {
    const kept = await store.read(origin);
    if (!kept) throw new Error("the login was not kept");
    await store.write(origin, { ...kept, expiresAt: 1, renewAt: 1 });
  };

  /** Starts `whoami` and lets it go on when it is told. */
  async function whoami(options: Pick<WhoamiOptions, "endpoint"> & Partial<WhoamiOptions>) {
    const program = join(import.meta.dirname, "..", "testing", "whoami.ts");
    const told = JSON.stringify({ caFile, tokenFile, ...options });
    const child = spawn(process.execPath, ["--conditions=source", "--no-warnings", program, told], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    closing.push({
      async close() {
        child.kill();
        await ended;
      },
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    await vi.waitFor(() => expect(text).toContain("ready\n"), 15_000);
    return async (): Promise<Whoami[]> => {
      child.stdin.write("go\n");
      await ended;
      return JSON.parse(text.slice("ready\n".length)) as Whoami[];
    };
  }

  it("renew it once between them, though each refresh token is good for one use", async () => {
    const { server, plane, store } = await loggedIn({ server: { delayMs: 100 } });
    await expire(store, plane.origin);
    const programs = await Promise.all([1, 2, 3].map(() => whoami({ endpoint: plane.origin, calls: 10 })));
    const answers = (await Promise.all(programs.map((go) => go()))).flat();
    expect(answers).toEqual(Array.from({ length: 30 }, () => ({ subject: PERSON })));
    expect(server.granted.filter(({ type }) => type === "refresh_token")).toHaveLength(1);
    expect(readdirSync(join(tokenFile, "..")).sort()).toEqual(["tokens.json"]);
    // The login lives on.
    await expire(store, plane.origin);
    expect(await (await whoami({ endpoint: plane.origin }))()).toEqual([{ subject: PERSON }]);
  });

  it("each say how to log in when it has ended", async () => {
    const { plane, store } = await loggedIn();
    const kept = await store.read(plane.origin);
    if (!kept) throw new Error("the login was not kept");
    await store.write(plane.origin, { ...kept, refreshToken: "used-up", expiresAt: 1, renewAt: 1 });
    const programs = await Promise.all([1, 2].map(() => whoami({ endpoint: plane.origin, calls: 5 })));
    const answers = (await Promise.all(programs.map((go) => go()))).flat();
    expect(answers).toHaveLength(10);
    for (const answer of answers) expect(answer).toMatchObject({ code: "unauthenticated", hint: LOGIN });
  });

  it.each([
    ["an hour ahead", 3_600_000],
    ["an hour behind", -3_600_000],
    ["ten years ahead", 315_360_000_000],
    ["ten years behind", -315_360_000_000],
  ])("need one refresh at most when the clock of one is %s", async (_, clockAheadMs) => {
    const { server, plane } = await loggedIn();
    const program = await whoami({ endpoint: plane.origin, clockAheadMs, times: 5 });
    expect(await program()).toEqual(Array.from({ length: 5 }, () => ({ subject: PERSON })));
    expect(server.count("refresh_token")).toBeLessThanOrEqual(1);
    // And back with the right clock, when the plane no longer takes what is kept.
    plane.revoke();
    expect(await (await whoami({ endpoint: plane.origin, times: 2 }))()).toHaveLength(2);
    expect(server.count("refresh_token")).toBeLessThanOrEqual(2);
    expect(server.granted.every(({ error }) => error === undefined)).toBe(true);
  });
});

describe("an open-source control plane, which has no auth service", () => {
  it("is called without credentials, and nobody is asked to log in", async () => {
    const plane = await startTokenPlane({ tls, audience: AUDIENCE, redirectUri: "" });
    closing.push(plane);
    const prompt = personAt(tls.ca);
    const store = memoryTokenStore();
    for (const auth of [{ type: "Pkce", store, prompt }, { type: "DeviceFlow", store, prompt }, robot] as const) {
      await expect(users(plane.origin, auth).me()).resolves.toMatchObject({ subject: "anybody" });
    }
    expect(prompt.pages).toEqual([]);
  });
});
