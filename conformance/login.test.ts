/** Logging in to a devbox that asks for it, with our client: the browser, a device's code, client credentials, API keys. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { type AuthOptions, createConnection, loginWith, memoryTokenStore, Users } from "@flyte-webhook/client";
import { type Devbox, type DevboxOptions, startDevbox } from "@flyte-webhook/devbox";
import { ProjectService } from "@flyte-webhook/idl/flyteidl2/project/project_service";
import { expect, onTestFinished, test } from "vitest";
import { LoginBrowser } from "./browser-of-login.ts";

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), "login-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function devboxWith(options: Partial<DevboxOptions> = {}): Promise<Devbox> {
  const devbox = await startDevbox({ dir: directory(), port: 0, auth: "oauth", ...options });
  onTestFinished(() => devbox.close());
  return devbox;
}

function connect(devbox: Devbox, auth: AuthOptions | { apiKey: string } | undefined, endpoint = devbox.tlsEndpoint) {
  const connection = createConnection({
    endpoint,
    ca: readFileSync(devbox.caFile, "utf8"),
    project: "flytesnacks",
    domain: "development",
    ...(auth && ("apiKey" in auth ? auth : { auth: loginWith(auth) })),
  });
  onTestFinished(() => connection.close());
  const projects = async () => {
    const answer = await connection.unary(ProjectService.method.listProjects, {});
    return answer.projects?.projects.map(({ id }) => id);
  };
  return { users: new Users(connection), projects };
}

const me = userInfo().username;

test("a devbox that asks for a login serves nobody without one", async () => {
  const devbox = await devboxWith();
  const { users, projects } = connect(devbox, undefined);
  await expect(users.me()).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(projects()).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(connect(devbox, { apiKey: "any" }).users.me()).rejects.toMatchObject({ code: "unauthenticated" });
  expect(await connect(devbox, { apiKey: devbox.apiKey }).users.me()).toMatchObject({ subject: "admin" });
});

test("a login by a device's code is renewed, and outlives a restart", async () => {
  const dir = directory();
  const first = await startDevbox({ dir, port: 0, auth: "oauth" });
  const port = Number(new URL(first.endpoint).port);
  const store = memoryTokenStore();
  const browser = new LoginBrowser(readFileSync(first.caFile, "utf8"));
  const approve = async (text: string) => {
    const confirm = await browser.open(/https:\S+/.exec(text)?.[0] ?? "").then((page) => browser.press(page));
    expect(confirm.html).toContain("Log this tool in?");
    expect((await browser.press(confirm)).html).toContain("You are logged in");
  };
  const prompt = { tell: (text: string) => void approve(text), open: async () => false };
  try {
    const { users } = connect(first, { type: "DeviceFlow", store, prompt });
    expect(await users.me()).toMatchObject({ subject: me });
  } finally {
    await first.close();
  }
  const again = await startDevbox({ dir, port, auth: "oauth" });
  onTestFinished(() => again.close());
  const kept = { type: "DeviceFlow", store, mayAsk: false } as const;
  expect(await connect(again, kept).users.me()).toMatchObject({ subject: me });
  const tokens = await store.read(again.tlsEndpoint);
  if (!tokens) throw new Error("nothing is kept");
  await store.write(again.tlsEndpoint, { ...tokens, accessToken: "refused" });
  expect(await connect(again, kept).users.me()).toMatchObject({ subject: me });
  // Neither the tokens nor the keys are in what is on disk, except where they are meant to be.
  expect(statSync(join(dir, "oauth-keys.json")).mode & 0o777).toBe(0o600);
  const stored = ["devbox.db", "devbox.db-wal"].map((name) => readFileSync(join(dir, name), "latin1")).join("");
  const fresh = await store.read(again.tlsEndpoint);
  for (const secret of [tokens.accessToken, tokens.refreshToken, fresh?.accessToken, again.apiKey]) {
    expect(secret).toBeTruthy();
    expect(stored).not.toContain(secret);
  }
});

test("an API key: as bearer, as client credentials, in Flyte's form; revoked, all of it is refused at once", async () => {
  const devbox = await devboxWith();
  const { key, flyteApiKey } = devbox.apiKeys.create({ name: "ci" });
  const clientSecret = { type: "ClientSecret", clientId: "ci", clientSecret: key } as const;
  const ways = [
    connect(devbox, { apiKey: key }),
    connect(devbox, clientSecret),
    connect(devbox, clientSecret, devbox.endpoint),
    connect(devbox, { apiKey: flyteApiKey }),
  ];
  for (const { users } of ways) expect(await users.me()).toMatchObject({ subject: "ci" });
  devbox.apiKeys.revoke("ci");
  for (const { users } of ways) await expect(users.me()).rejects.toMatchObject({ code: "unauthenticated" });
  const wrong = { ...clientSecret, clientId: "admin" };
  await expect(connect(devbox, wrong).users.me()).rejects.toMatchObject({ code: "unauthenticated" });
});

test("the scope of a key bounds what its tokens may do", async () => {
  const devbox = await devboxWith();
  const { key } = devbox.apiKeys.create({ name: "reader", scope: "read" });
  const { projects, users } = connect(devbox, { type: "ClientSecret", clientId: "reader", clientSecret: key });
  expect(await projects()).toEqual(["flytesnacks"]);
  expect(await users.me()).toMatchObject({ subject: "reader" });
  const create = await fetch(`${devbox.endpoint}/flyteidl2.project.ProjectService/CreateProject`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: "{}",
  });
  expect([create.status, await create.json()]).toMatchObject([403, { code: "permission_denied" }]);
});

test("the console of such a devbox is behind the login", async () => {
  const devbox = await devboxWith();
  const browser = new LoginBrowser();
  expect((await fetch(`${devbox.endpoint}/console/events?view=runs`)).status).toBe(401);
  const login = await browser.open(devbox.console);
  expect(login.url.pathname).toBe("/login");
  expect((await browser.press(login)).url.href).toBe(devbox.console);
  const call = `${devbox.endpoint}/flyteidl2.auth.IdentityService/UserInfo`;
  expect((await fetch(call, { method: "POST", headers: { cookie: "devbox_login=x" }, body: "{}" })).status).not.toBe(
    200,
  );
});

test("without authentication everyone is the local user, whatever they show", async () => {
  const devbox = await devboxWith({ auth: "none" });
  for (const auth of [undefined, { apiKey: "any" }, { apiKey: "fwk_wrong" }])
    expect(await connect(devbox, auth).users.me()).toMatchObject({ subject: me });
});
