import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Certificates, makeCertificates } from "../../../client/src/testing/certificates.ts";
import { type CliDevbox, startCliDevbox } from "../testing/cli-devbox.ts";
import { runCli } from "../testing/run-cli.ts";
import type { Check } from "./check.ts";
import { checkVersions } from "./check-versions.ts";

let box: CliDevbox;
let tls: Certificates;
const closing: Server[] = [];
beforeAll(async () => {
  box = await startCliDevbox();
  tls = makeCertificates();
});
afterEach(() => {
  for (const server of closing.splice(0)) server.close();
});
afterAll(() => box.close());

interface Report {
  readonly code: number | null;
  readonly ok: boolean;
  readonly of: (name: Check["name"]) => Omit<Check, "name"> | undefined;
  readonly statuses: Record<string, string>;
}

async function examine(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Report> {
  const { code, out } = await box.cliWith({ env }, "doctor", "--json", ...args);
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Check[] };
  return {
    code,
    ok,
    of: (name) => checks.find((check) => check.name === name),
    statuses: Object.fromEntries(checks.map(({ name, status }) => [name, status])),
  };
}

/** The devbox behind another address, whose answers come from `hours` away. */
async function behind({ hours = 0, secure = false }: { hours?: number; secure?: boolean }): Promise<string> {
  const listener: RequestListener = (request, response) => {
    const { method = "GET", url = "/", headers } = request;
    const date = new Date(Date.now() + hours * 3_600_000).toUTCString();
    const target = new URL(url, box.devbox.endpoint);
    const forwarded = httpRequest(target, { method, headers: { ...headers, host: target.host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, date });
      answer.pipe(response);
    });
    request.pipe(forwarded);
  };
  const server = secure ? createTlsServer({ cert: tls.cert, key: tls.key }, listener) : createServer(listener);
  closing.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `${secure ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("all is well with a devbox, over plain HTTP and over TLS", async () => {
  const plain = await examine();
  expect([plain.code, plain.ok]).toEqual([0, true]);
  expect(Object.entries(plain.statuses)).toEqual([
    ["versions", "ok"],
    ["config", "ok"],
    ["endpoint", "ok"],
    ["tls", "ok"],
    ["clock", "ok"],
    ["auth", "ok"],
    ["project", "ok"],
    ["permissions", "ok"],
  ]);
  writeFileSync(join(box.dir, "ca.pem"), tls.ca);
  const secure = await examine(["--endpoint", await behind({ secure: true })], {
    FLYTE_ADMIN_CACERTFILEPATH: join(box.dir, "ca.pem"),
    FLYTE_API_KEY: box.devbox.apiKey,
  });
  expect([secure.code, secure.of("tls")?.message]).toEqual([
    0,
    expect.stringMatching(/^TLSv1\.3, a certificate of .*valid until \d{4}-/),
  ]);
  const { out, code } = await box.cli("doctor");
  expect(code).toBe(0);
  expect(out.split("\n").filter((line) => line.startsWith("ok ")).length).toBe(8);
});

test("no configuration", async () => {
  const dir = mkdtempSync(join(tmpdir(), "flyte-nowhere-"));
  const { code, out } = await runCli(["doctor"], { cwd: dir });
  rmSync(dir, { recursive: true });
  expect(code).toBe(1);
  expect(out).toMatch(/failed {3}config {7}no control plane is configured\n {22}\S.*flyte-webhook dev/);
  expect(out).toContain("skipped  endpoint");
});

test("an unreachable endpoint, or one that is no host", async () => {
  const refused = await examine(["--endpoint", "http://127.0.0.1:1"]);
  expect(refused.code).toBe(1);
  expect(refused.of("endpoint")).toEqual({
    name: "endpoint",
    status: "failed",
    message: "127.0.0.1:1 cannot be reached (ECONNREFUSED)",
    mend: expect.stringContaining("flyte-webhook dev"),
  });
  expect(refused.statuses).toMatchObject({ tls: "skipped", clock: "skipped", auth: "skipped", permissions: "skipped" });
  const unknown = await examine(["--endpoint", "https://plane.invalid"]);
  expect(unknown.of("endpoint")?.mend).toContain("check the spelling of plane.invalid");
});

test("a certificate of an authority that is not trusted, or of another one than is configured", async () => {
  const endpoint = await behind({ secure: true });
  const unknown = await examine(["--endpoint", endpoint]);
  expect(unknown.of("config")?.message).toBe(`${endpoint}, from --endpoint; the rest from ${box.devbox.config}`);
  expect(unknown.code).toBe(1);
  expect(unknown.of("tls")).toMatchObject({
    status: "failed",
    message: expect.stringContaining("is not trusted"),
    mend: expect.stringContaining("admin.caCertFilePath"),
  });
  expect(unknown.statuses).toMatchObject({ clock: "skipped", auth: "skipped" });
  writeFileSync(join(box.dir, "other.pem"), makeCertificates().ca);
  const wrong = await examine(["--endpoint", endpoint], { FLYTE_ADMIN_CACERTFILEPATH: join(box.dir, "other.pem") });
  expect(wrong.of("tls")?.mend).toContain("None of the authorities in admin.caCertFilePath");
  const accepted = await examine(["--endpoint", endpoint], {
    FLYTE_ADMIN_INSECURESKIPVERIFY: "true",
    FLYTE_API_KEY: box.devbox.apiKey,
  });
  expect([accepted.code, accepted.statuses.tls, accepted.statuses.auth]).toEqual([0, "warning", "ok"]);
});

test("TLS asked of a port that speaks none", async () => {
  const endpoint = await behind({});
  const report = await examine(["--endpoint", endpoint.replace("http:", "https:")]);
  expect(report.of("tls")).toMatchObject({ status: "failed", mend: expect.stringContaining("admin.insecure: true") });
});

test("a token that the control plane does not take", async () => {
  const report = await examine([], { FLYTE_API_KEY: "not-a-key" });
  expect(report.code).toBe(1);
  expect(report.of("auth")).toMatchObject({
    status: "failed",
    message: expect.stringContaining("does not take the API key"),
    mend: expect.stringContaining("FLYTE_API_KEY"),
  });
  expect(report.statuses).toMatchObject({ project: "skipped", permissions: "skipped" });
});

test("a clock that is an hour off, ahead or behind", async () => {
  const ahead = await examine(["--endpoint", await behind({ hours: -1 })]);
  expect(ahead.of("clock")).toMatchObject({
    status: "failed",
    message: expect.stringMatching(/clock is (59 min 59 s|60 min 0 s) ahead of the control plane's/),
    mend: expect.stringContaining("Set the clock"),
  });
  const slow = await examine(["--endpoint", await behind({ hours: 1 })], { FLYTE_API_KEY: box.devbox.apiKey });
  expect(slow.of("clock")?.message).toMatch(/behind the control plane's/);
  // The rest is looked at all the same.
  expect(slow.statuses.permissions).toBe("ok");
  const little = await examine(["--endpoint", await behind({ hours: 20 / 3600 })], {
    FLYTE_API_KEY: box.devbox.apiKey,
  });
  expect([little.statuses.clock, little.code]).toEqual(["warning", 0]);
});

test("a project or domain that is not there, or not said", async () => {
  expect((await examine(["--project", "nope"])).of("project")).toMatchObject({
    status: "failed",
    message: "there is no project nope",
    mend: expect.stringContaining("flytesnacks"),
  });
  expect((await examine(["--domain", "nope"])).of("project")).toMatchObject({
    status: "failed",
    mend: expect.stringContaining("development"),
  });
  writeFileSync(
    join(box.dir, "bare.yaml"),
    `admin:\n  endpoint: ${box.devbox.endpoint}\n  apiKey: ${box.devbox.apiKey}\n`,
  );
  expect((await examine(["--config", "bare.yaml"])).of("project")).toMatchObject({
    status: "failed",
    message: "no project and domain is configured",
  });
});

test("Node's version", () => {
  const statusOf = (node: string) => checkVersions(tmpdir(), node).status;
  expect(["22.19.0", "24.11.1", "26.0.0"].map(statusOf)).toEqual(["ok", "ok", "ok"]);
  expect(["20.19.0", "22.18.0", "23.9.0", "24.10.0"].map(statusOf)).toEqual(["failed", "failed", "failed", "failed"]);
});
