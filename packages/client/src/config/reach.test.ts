import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createConnection } from "../connection.ts";
import { type Certificates, makeCertificates } from "../testing/certificates.ts";
import { startGuardedPlane } from "../testing/guarded-plane.ts";
import { Users } from "../users.ts";
import { connectionOptions, type LoadConfigOptions, loadConfig } from "./load-config.ts";
import { readInClusterConfig } from "./load-in-cluster.ts";

// A name that nobody resolves: it is reached through the proxy or not at all.
const NAME = "plane.flyte.invalid";
const dir = mkdtempSync(join(tmpdir(), "flyte-reach-"));
const caFile = join(dir, "ca.pem");
const otherCaFile = join(dir, "other.pem");
let tls: Certificates;
let plane: Awaited<ReturnType<typeof startGuardedPlane>>;
let far: typeof plane;
let proxy: string;
const tunnels: string[] = [];
const proxyServer = createServer();

beforeAll(async () => {
  tls = makeCertificates({ names: ["localhost", NAME] });
  writeFileSync(caFile, tls.ca);
  writeFileSync(otherCaFile, makeCertificates().ca);
  plane = await startGuardedPlane({ tls, clients: { cid: "sec" } });
  far = await startGuardedPlane({ tls, clients: { cid: "sec" }, host: NAME });
  proxyServer.on("connect", (request, socket) => {
    tunnels.push(`${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
    const peer = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      peer.pipe(socket).pipe(peer);
    });
    peer.on("error", () => socket.destroy());
    socket.on("error", () => peer.destroy());
  });
  await new Promise<void>((resolve) => proxyServer.listen(0, "127.0.0.1", resolve));
  proxy = `http://127.0.0.1:${(proxyServer.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await Promise.all([plane.close(), far.close()]);
  proxyServer.closeAllConnections();
  proxyServer.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => void tunnels.splice(0));

let count = 0;
function config(admin: Record<string, unknown>): string {
  const path = join(dir, `config-${++count}.yaml`);
  writeFileSync(path, JSON.stringify({ admin }));
  return path;
}
const SECRET = { MY_SECRET: "sec" };
const client = { clientId: "cid", clientSecretEnvVar: "MY_SECRET" };

/** Who the control plane says we are, with what the settings say of reaching it. */
async function whoami(options: LoadConfigOptions | { readonly inCluster: NodeJS.ProcessEnv }): Promise<string> {
  const loaded =
    "inCluster" in options ? connectionOptions(readInClusterConfig({ env: options.inCluster })) : loadConfig(options);
  const connection = createConnection(loaded);
  try {
    return (await new Users(connection).me()).subject;
  } finally {
    await connection.close();
  }
}
const refused = { code: "unavailable", hint: expect.stringContaining("caCertFilePath") };

describe("a control plane with a certificate authority of its own, and its authorization server", () => {
  const endpoint = () => `localhost:${plane.port}`;

  it("are trusted by the config file's caCertFilePath, by the environment and by SSL_CERT_FILE", async () => {
    const admin = { endpoint: endpoint(), ...client };
    const trusting = config({ ...admin, caCertFilePath: caFile });
    await expect(whoami({ config: trusting, env: SECRET })).resolves.toBe("cid");
    const plain = config(admin);
    for (const env of [{ FLYTE_ADMIN_CACERTFILEPATH: caFile }, { SSL_CERT_FILE: caFile }]) {
      await expect(whoami({ config: plain, env: { ...SECRET, ...env } })).resolves.toBe("cid");
    }
    // What names it for the control plane wins.
    await expect(whoami({ config: trusting, env: { ...SECRET, SSL_CERT_FILE: otherCaFile } })).resolves.toBe("cid");
    const both = { ...SECRET, SSL_CERT_FILE: caFile, FLYTE_ADMIN_CACERTFILEPATH: otherCaFile };
    await expect(whoami({ config: plain, env: both })).rejects.toMatchObject(refused);
    await expect(whoami({ config: plain, env: SECRET })).rejects.toMatchObject(refused);
  });

  it("are not asked for a trusted one with insecureSkipVerify, unless there is a caCertFilePath", async () => {
    const admin = { endpoint: endpoint(), ...client };
    const skipping = config({ ...admin, insecureSkipVerify: true });
    await expect(whoami({ config: skipping, env: SECRET })).resolves.toBe("cid");
    await expect(whoami({ config: skipping, env: { ...SECRET, SSL_CERT_FILE: otherCaFile } })).resolves.toBe("cid");
    const env = { ...SECRET, FLYTE_ADMIN_INSECURESKIPVERIFY: "true" };
    await expect(whoami({ config: config(admin), env })).resolves.toBe("cid");
    const both = config({ ...admin, insecureSkipVerify: true, caCertFilePath: otherCaFile });
    await expect(whoami({ config: both, env: SECRET })).rejects.toMatchObject(refused);
  });

  it("are reached from a cluster by what the platform sets", async () => {
    const env = {
      ...SECRET,
      _U_EP_OVERRIDE: endpoint(),
      FLYTE_ADMIN_CLIENTID: "cid",
      FLYTE_ADMIN_CLIENTSECRETENVVAR: "MY_SECRET",
    };
    await expect(whoami({ inCluster: { ...env, SSL_CERT_FILE: caFile } })).resolves.toBe("cid");
    await expect(whoami({ inCluster: { ...env, _U_INSECURE_SKIP_VERIFY: "true" } })).resolves.toBe("cid");
    await expect(whoami({ inCluster: env })).rejects.toMatchObject(refused);
  });

  it("is told when the file cannot be read", () => {
    const load = (admin: Record<string, unknown>, env = {}) =>
      loadConfig({ config: config({ endpoint: endpoint(), ...admin }), env });
    expect(() => load({ caCertFilePath: "/nowhere/ca.pem" })).toThrow("/nowhere/ca.pem cannot be read");
    expect(() => load({}, { SSL_CERT_FILE: "/nowhere/ca.pem" })).toThrow("/nowhere/ca.pem cannot be read");
    expect(load({ insecure: true }, { SSL_CERT_FILE: "/nowhere/ca.pem" }).ca).toBeUndefined();
  });
});

describe("a control plane behind a proxy", () => {
  const admin = () => ({ endpoint: `${NAME}:${far.port}`, ...client, caCertFilePath: caFile });

  it.each(["HTTPS_PROXY", "https_proxy"])("is reached by %s, and so is its authorization server", async (name) => {
    await expect(whoami({ config: config(admin()), env: { ...SECRET, [name]: proxy } })).resolves.toBe("cid");
    expect(new Set(tunnels)).toEqual(new Set([`${NAME}:${far.port}`]));
  });

  it("is reached by the config file's httpProxyURL, with the login to the proxy that it holds", async () => {
    const httpProxyURL = proxy.replace("://", "://bob:pa%3Ass@");
    const env = { ...SECRET, HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "*" };
    await expect(whoami({ config: config({ ...admin(), httpProxyURL }), env })).resolves.toBe("cid");
    const login = Buffer.from("bob:pa:ss").toString("base64");
    expect(new Set(tunnels)).toEqual(new Set([`${NAME}:${far.port} Basic ${login}`]));
  });

  it.each([NAME, "*", ".flyte.invalid"])("is called past it when NO_PROXY is %s", async (noProxy) => {
    const env = { ...SECRET, HTTPS_PROXY: proxy, NO_PROXY: noProxy };
    await expect(whoami({ config: config(admin()), env })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
    expect(tunnels).toEqual([]);
  });

  it("is trusted no more than without one", async () => {
    const env = { ...SECRET, HTTPS_PROXY: proxy };
    const other = config({ ...admin(), caCertFilePath: otherCaFile });
    await expect(whoami({ config: other, env })).rejects.toMatchObject(refused);
    const { caCertFilePath: _, ...plain } = admin();
    const skipping = config({ ...plain, insecureSkipVerify: true });
    await expect(whoami({ config: skipping, env })).resolves.toBe("cid");
  });

  it("is told when the proxy is not there", async () => {
    const env = { ...SECRET, HTTPS_PROXY: "http://127.0.0.1:1" };
    await expect(whoami({ config: config(admin()), env })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});
