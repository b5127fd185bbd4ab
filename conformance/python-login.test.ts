/** Python's own client against a devbox that asks for a login, over TLS. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { startDevbox } from "@flyte-webhook/devbox";
import { expect, onTestFinished, test } from "vitest";
import { LoginBrowser } from "./browser-of-login.ts";
import { pythonWithFlyte } from "./python-with-flyte.ts";

const python = pythonWithFlyte("logins of Python's client");

/** Says who is logged in, and reads something that takes a login. */
const PROGRAM = `
import json, os, sys, flyte, flyte.remote
flyte.init(endpoint=sys.argv[1], project="flytesnacks", domain="development", disable_keyring=True, **json.loads(sys.argv[2]))
print("subject", flyte.remote.User.get().subject(), flush=True)
print("projects", [p.pb2.id for p in flyte.remote.Project.listall()], flush=True)
`;

async function devbox() {
  const dir = mkdtempSync(join(tmpdir(), "python-login-"));
  const started = await startDevbox({ dir: join(dir, "devbox"), port: 0, auth: "oauth" });
  onTestFinished(async () => {
    await started.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { started, home: dir };
}

/** Runs the program; `tell` gets what it has printed so far whenever there is more. */
function login(endpoint: string, options: object, env: NodeJS.ProcessEnv, tell: (out: string) => void = () => {}) {
  const host = `dns:///${new URL(endpoint).host}`;
  const child = spawn(python as string, ["-c", PROGRAM, host, JSON.stringify(options)], {
    env: { ...process.env, COLUMNS: "400", ...env },
  });
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      out += chunk;
      tell(out);
    });
  return new Promise<{ code: number | null; out: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, out })),
  );
}

test.skipIf(python === undefined)(
  "client credentials are an API key's, until it is revoked",
  async () => {
    const { started, home } = await devbox();
    const env = { HOME: home, SSL_CERT_FILE: started.caFile };
    const { key } = started.apiKeys.create({ name: "ci" });
    const options = { auth_type: "ClientSecret", client_id: "ci", client_credentials_secret: key };
    const { code, out } = await login(started.tlsEndpoint, options, env);
    expect(code, out).toBe(0);
    expect(out).toContain("subject ci");
    expect(out).toContain("projects ['flytesnacks']");
    started.apiKeys.revoke("ci");
    const refused = await login(started.tlsEndpoint, options, env);
    expect(refused.code, refused.out).not.toBe(0);
    expect(refused.out).not.toContain(key);
  },
  60_000,
);

test.skipIf(python === undefined)(
  "a device's code is approved in a browser",
  async () => {
    const { started, home } = await devbox();
    const browser = new LoginBrowser(readFileSync(started.caFile, "utf8"));
    let approved: Promise<unknown> | undefined;
    const approve = async (page: string) => browser.press(await browser.press(await browser.open(page)));
    const env = { HOME: home, SSL_CERT_FILE: started.caFile };
    const { code, out } = await login(started.tlsEndpoint, { auth_type: "DeviceFlow" }, env, (text) => {
      const page = /https:\/\/\S+user_code=[\w-]+/.exec(text)?.[0];
      if (page) approved ??= approve(page);
    });
    expect(code, out).toBe(0);
    expect(out).toContain(`subject ${userInfo().username}`);
    await expect(approved).resolves.toMatchObject({ status: 200 });
  },
  60_000,
);
