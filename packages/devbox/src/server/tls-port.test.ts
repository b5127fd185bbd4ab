import { readFileSync, rmSync, statSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { ClusterService } from "@flyte-webhook/idl/flyteidl2/cluster/service";
import { ProjectService } from "@flyte-webhook/idl/flyteidl2/project/project_service";
import { expect, test } from "vitest";
import { startDevbox } from "../devbox.ts";
import { temporaryDevbox, temporaryDirectory } from "../testing/temporary-devbox.ts";

const HTTP_VERSIONS = ["1.1", "2"] as const;

test.each(HTTP_VERSIONS)("the port speaks TLS too, with HTTP/%s", async (httpVersion) => {
  const { devbox } = await temporaryDevbox();
  const ca = readFileSync(devbox.caFile);
  for (const host of ["127.0.0.1", "localhost"]) {
    const baseUrl = devbox.tlsEndpoint.replace("127.0.0.1", host);
    const transport = createConnectTransport({ baseUrl, httpVersion, nodeOptions: { ca } });
    const { projects } = await createClient(ProjectService, transport).listProjects({});
    expect(projects?.projects.map(({ id }) => id)).toEqual(["flytesnacks"]);
    // Data calls stay with the address that was asked.
    expect(await createClient(ClusterService, transport).selectCluster({})).toMatchObject({ clusterEndpoint: baseUrl });
  }
});

test("gRPC works over TLS", async () => {
  const { devbox } = await temporaryDevbox();
  const nodeOptions = { ca: readFileSync(devbox.caFile) };
  const transport = createGrpcTransport({ baseUrl: devbox.tlsEndpoint, nodeOptions });
  const { projects } = await createClient(ProjectService, transport).listProjects({});
  expect(projects?.projects).toHaveLength(1);
});

test("who does not trust its authority is not served, and disturbs nobody", async () => {
  const { devbox } = await temporaryDevbox();
  await expect(fetch(`${devbox.tlsEndpoint}/healthz`)).rejects.toThrow();
  expect((await fetch(`${devbox.endpoint}/healthz`)).status).toBe(200);
});

test("other hosts and origins are refused over TLS as well", async () => {
  const { devbox } = await temporaryDevbox();
  const ca = readFileSync(devbox.caFile);
  const status = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const request = httpsRequest(
        `${devbox.tlsEndpoint}/healthz`,
        { ca, headers, servername: "localhost" },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      request.on("error", reject);
      request.end();
    });
  expect(await status({})).toBe(200);
  expect(await status({ host: "evil.example.org" })).toBe(403);
  expect(await status({ origin: devbox.tlsEndpoint })).toBe(200);
  expect(await status({ origin: devbox.endpoint })).toBe(403);
  const session = connectHttp2(devbox.tlsEndpoint, { ca });
  try {
    const answer = new Promise<number>((resolve) => {
      const stream = session.request({ ":path": "/healthz", ":authority": "evil.example.org" });
      stream.on("response", (headers) => resolve(headers[":status"] ?? 0));
      stream.resume();
    });
    expect(await answer).toBe(403);
  } finally {
    session.destroy();
  }
});

test("a devbox closes although TLS and silent connections are open", async () => {
  const devbox = await startDevbox({ dir: temporaryDirectory(), port: 0 });
  const session = connectHttp2(devbox.tlsEndpoint, { ca: readFileSync(devbox.caFile) });
  session.on("error", () => {});
  const silent = connect(Number(new URL(devbox.endpoint).port), "127.0.0.1");
  await new Promise((resolve) => session.once("connect", resolve));
  await devbox.close();
  silent.destroy();
});

test("the authority is made once for each directory, its keys are its user's, and a damaged certificate is replaced", async () => {
  const dir = temporaryDirectory();
  const first = await startDevbox({ dir, port: 0 });
  await first.close();
  const ca = readFileSync(first.caFile, "utf8");
  const server = readFileSync(join(dir, "tls/server.pem"), "utf8");
  for (const name of ["ca.key", "server.key"]) expect(statSync(join(dir, "tls", name)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(dir, "tls/trust.pem"), "utf8").startsWith(ca)).toBe(true);
  rmSync(join(dir, "tls/server.pem"));
  const { devbox } = await temporaryDevbox({ dir });
  expect(readFileSync(devbox.caFile, "utf8")).toBe(ca);
  expect(readFileSync(join(dir, "tls/server.pem"), "utf8")).not.toBe(server);
  const transport = createConnectTransport({ baseUrl: devbox.tlsEndpoint, httpVersion: "1.1", nodeOptions: { ca } });
  await createClient(ProjectService, transport).listProjects({});
});
