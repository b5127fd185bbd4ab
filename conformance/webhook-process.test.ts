/** The webhook's program as a container runs it: the built bundle, its arguments, its environment, its signals. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { WEBHOOK_COMMAND, WEBHOOK_SPEC_VERSION, type WebhookSpec } from "@flyte-webhook/core";
import { UserInfoResponseSchema } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { describe, expect, it, onTestFinished } from "vitest";

const PROGRAM = fileURLToPath(new URL("../packages/runtime/dist/webhook.mjs", import.meta.url));
const SPEC: WebhookSpec = {
  version: WEBHOOK_SPEC_VERSION,
  name: "w",
  title: "w",
  description: "",
  endpoints: ["health", "me"],
  requiresAuth: true,
  port: 8080,
  org: "",
  project: "p",
  domain: "d",
};
const encoded = (spec: unknown) => gzipSync(JSON.stringify(spec)).toString("base64url");

interface Program {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  readonly exit: Promise<number | null>;
}

function run(args: readonly string[], env: Record<string, string>): Program {
  const child = spawn(process.execPath, [...WEBHOOK_COMMAND.slice(1, -1), PROGRAM, ...args], {
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.err += chunk;
  });
  return { child, said, exit: once(child, "close").then(([code]) => code as number | null) };
}

async function listening(server: Server): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("ends with one clear line", () => {
  const plane = { _U_EP_OVERRIDE: "127.0.0.1:1", _U_INSECURE: "true" };
  it.each([
    ["without a spec", [], plane, /usage: webhook\.mjs --spec/],
    ["with a spec that is no gzip", ["--spec", "e30"], plane, /--spec is not gzipped JSON in base64url/],
    ["with a spec of another version", ["--spec", encoded({ ...SPEC, version: 99 })], plane, /version/],
    ["with an endpoint that is none", ["--spec", encoded({ ...SPEC, endpoints: ["helth"] })], plane, /helth|endpoints/],
    ["without a control plane", ["--spec", encoded(SPEC)], {}, /_U_EP_OVERRIDE/],
    ["with a PORT that is none", ["--spec", encoded(SPEC)], { ...plane, PORT: "http" }, /PORT is "http"/],
  ])("%s", async (_, args, env, expected) => {
    const program = run(args, env as Record<string, string>);
    expect(await program.exit).toBe(1);
    expect(program.said.err).toMatch(expected);
    expect(program.said.err.trim().split("\n")).toHaveLength(1);
    expect(program.said.err).not.toContain("    at ");
    expect(program.said.out).toBe("");
  });

  it("when the port is taken", async () => {
    const port = await listening(createServer());
    const program = run(["--spec", encoded(SPEC)], { ...plane, PORT: String(port) });
    expect(await program.exit).toBe(1);
    expect(program.said.err.trim().split("\n")).toHaveLength(1);
    expect(program.said.err).toContain(String(port));
  });
});

it("lets what is in flight finish on SIGTERM, takes nothing new, and exits with 0", async () => {
  let asked = () => {};
  const inFlight = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const plane = createServer(async (request, response) => {
    request.resume();
    asked();
    await sleep(400);
    const answer = toBinary(UserInfoResponseSchema, create(UserInfoResponseSchema, { subject: "ada" }));
    response.setHeader("content-type", "application/proto").end(answer);
  });
  const port = await freePort();
  const program = run(["--spec", encoded(SPEC)], {
    _U_EP_OVERRIDE: `127.0.0.1:${await listening(plane)}`,
    _U_INSECURE: "true",
    PORT: String(port),
  });
  while (!program.said.err.includes('"listening"')) await sleep(10);
  const answer = fetch(`http://127.0.0.1:${port}/me`, { headers: { authorization: "Bearer x" } });
  await inFlight;
  program.child.kill("SIGTERM");
  while (!program.said.err.includes('"draining"')) await sleep(10);
  const refused = connect(port, "127.0.0.1");
  await expect(once(refused, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await (await answer).json()).toMatchObject({ subject: "ada" });
  expect(await program.exit).toBe(0);
  // What is logged is about the process: never a request's credentials.
  expect(program.said.err).not.toContain("Bearer");
});
