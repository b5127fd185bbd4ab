/** Runs every snippet of docs/authentication.md against a control plane behind a real authorization server, both over TLS. */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { connectionOptions, createConnection, memoryTokenStore, readConfig, Users } from "@flyte-webhook/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { PERSON, startAuthorizationServer } from "../packages/client/src/testing/authorization-server.ts";
import { makeCertificates } from "../packages/client/src/testing/certificates.ts";
import { personAt } from "../packages/client/src/testing/person.ts";
import { startTokenPlane } from "../packages/client/src/testing/token-plane.ts";
import { startWebhook } from "./webhook.ts";

const root = join(import.meta.dirname, "..");
const GUIDE = readFileSync(join(root, "docs", "authentication.md"), "utf8");
const snippets = (language: string) =>
  [...GUIDE.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, text = ""]) => text);

const AUDIENCE = "https://flyte.acme.com/api";
const ROBOT = { id: "robot", secret: "the-secret-of-robot" };
/** Here the guide's files and programs are. */
const dir = mkdtempSync(join(tmpdir(), "flyte-auth-guide-"));
/** In a package of the repository, so that the snippets find the others. */
const here = mkdtempSync(join(root, "packages", "cli", ".snippets-"));
const tls = makeCertificates();
const at = (name: string) => join(dir, name);
let server: Awaited<ReturnType<typeof startAuthorizationServer>>;
let plane: Awaited<ReturnType<typeof startTokenPlane>>;
let webhook: Awaited<ReturnType<typeof startWebhook>>;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const port = await freePort();
  const redirectUri = `http://localhost:${port}/callback`;
  const clients = { [ROBOT.id]: ROBOT.secret };
  server = await startAuthorizationServer({ tls, audience: AUDIENCE, redirectUri, clients });
  plane = await startTokenPlane({ tls, server, audience: AUDIENCE, redirectUri });
  webhook = await startWebhook({ controlPlane: plane.origin, project: "p", domain: "d", ca: tls.ca });
  writeFileSync(at("acme-ca.pem"), tls.ca);
  writeFileSync(at("robot.secret"), `${ROBOT.secret}\n`);
  env = {
    PATH: [dir, process.env.PATH].join(delimiter),
    HOME: dir,
    SSL_CERT_FILE: at("acme-ca.pem"),
    ROBOT_SECRET: ROBOT.secret,
    FLYTE_API_KEY: Buffer.from(`${host()}:${ROBOT.id}:${ROBOT.secret}:acme`).toString("base64"),
  };
  program(
    "flyte-webhook",
    `exec ${process.execPath} --conditions=source --no-warnings ${root}/packages/cli/src/main.ts "$@"`,
  );
  const grant = "grant_type=client_credentials&scope=all";
  const token = `curl --silent --cacert ${at("acme-ca.pem")} --user ${ROBOT.id}:${ROBOT.secret} --data '${grant}' ${server.issuer}/token`;
  program("get-token", `${token} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/'`);
});
afterAll(async () => {
  await webhook.close();
  await plane.close();
  await server.close();
  for (const one of [dir, here]) rmSync(one, { recursive: true });
  vi.restoreAllMocks();
});

const host = () => new URL(plane.origin).host;

/** A snippet with the addresses that it has here. */
const local = (text: string) =>
  text.replaceAll("https://hooks.acme.com", webhook.origin).replaceAll("flyte.acme.com", host());

function program(name: string, text: string): void {
  writeFileSync(at(name), `#!/bin/sh\n${text}\n`);
  chmodSync(at(name), 0o755);
}

async function freePort(): Promise<number> {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  await new Promise((resolve) => taken.close(resolve));
  return port;
}

/** Runs a program; a person is there who logs in where its error output leads them to. */
async function run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, { cwd: dir, env: { ...env, ...more }, stdio: ["ignore", "pipe", "pipe"] });
  const person = personAt(tls.ca);
  let [out, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
    for (const line of text.split("\n")) person.tell(line);
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${errors}`);
  return { lines: out.trim().split("\n"), errors };
}

describe("a config file", () => {
  const files = snippets("yaml").flatMap((text) =>
    text.includes("or DeviceFlow") ? [text, text.replace("Pkce", "DeviceFlow")] : [text],
  );
  test.each(files)("of snippet %#", async (text) => {
    writeFileSync(at("config.yaml"), local(text).replaceAll(/ (acme-ca\.pem|robot\.secret)/g, ` ${dir}/$1`));
    vi.stubEnv("PATH", env.PATH);
    const config = readConfig({ config: at("config.yaml"), env: {}, mayAsk: true });
    const { authOptions } = config;
    const isPersonal = authOptions?.type === "Pkce" || authOptions?.type === "DeviceFlow";
    const person = { store: memoryTokenStore(), prompt: personAt(tls.ca) };
    const options = isPersonal ? { ...authOptions, ...person } : authOptions;
    const connection = createConnection(connectionOptions({ ...config, authOptions: options }));
    const { subject } = await new Users(connection).me();
    expect(subject).toBe(isPersonal ? PERSON : ROBOT.id);
    await connection.close();
    vi.unstubAllEnvs();
  });
});

test.each(snippets("ts"))("program of snippet %#", async (text) => {
  const file = join(here, `${snippets("ts").indexOf(text)}.ts`);
  writeFileSync(file, local(text));
  const byKey = text.includes("initFromApiKey");
  const { lines } = await run(process.execPath, ["--conditions=source", "--no-warnings", file], {
    ...(!byKey && { FLYTE_API_KEY: "" }),
  });
  expect(lines).toEqual(byKey ? [ROBOT.id, ROBOT.id] : [PERSON]);
});

describe("on the command line", () => {
  const [command = "", call = "", ...rest] = snippets("sh");

  test("login, whoami and logout", async () => {
    // A person's own keyring is left alone: there is no bus to it.
    const { lines, errors } = await run("sh", ["-ec", command], {
      FLYTE_API_KEY: "",
      FLYTE_ADMIN_ENDPOINT: host(),
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent",
    });
    expect(lines).toEqual([`(${PERSON})`, `(${PERSON})`]);
    expect(errors).toContain("is forgotten");
  });

  test("a call of a webhook", async () => {
    expect(rest).toEqual([]);
    const { lines } = await run("sh", ["-ec", local(call)]);
    expect(JSON.parse(lines.join("\n"))).toMatchObject({ subject: ROBOT.id });
  });
});
