import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readConfig } from "./load-config.ts";
import { readInClusterConfig } from "./load-in-cluster.ts";

const dir = mkdtempSync(join(tmpdir(), "flyte-auth-config-"));
afterAll(() => rmSync(dir, { recursive: true }));

let count = 0;
function file(text: string): string {
  const path = join(dir, `config-${++count}.yaml`);
  writeFileSync(path, text);
  return path;
}
const admin = (text: string) => file(`admin:\n  endpoint: dns:///acme.example.com\n${text.replace(/^/gm, "  ")}\n`);
const auth = (text: string, env: NodeJS.ProcessEnv = {}) =>
  readConfig({ config: admin(text), env, mayAsk: true }).authOptions;

describe("how to log in", () => {
  it("is Pkce over TLS and nothing over plain HTTP, unless it is said", () => {
    expect(auth("")).toMatchObject({ type: "Pkce", mayAsk: true, disableKeyring: false });
    expect(auth("insecure: true")).toBeUndefined();
    expect(auth("insecure: true\nauthType: DeviceFlow")).toMatchObject({ type: "DeviceFlow" });
    expect(auth("", { FLYTE_API_KEY: "key" })).toBeUndefined();
  });

  it("is a client's secret when there is one, from a file or a variable", () => {
    const location = join(dir, "secret");
    writeFileSync(location, "s3cret\n");
    const client = `clientId: cid\nclientSecretLocation: ${location}\nscopes: [a, b]`;
    expect(auth(client)).toMatchObject({
      type: "ClientSecret",
      clientId: "cid",
      clientSecret: "s3cret",
      scopes: ["a", "b"],
    });
    expect(auth(`${client}\nclientSecretEnvVar: MINE`, { MINE: "other" })).toMatchObject({ clientSecret: "other" });
    expect(auth("", { FLYTE_ADMIN_CLIENTID: "c", FLYTE_ADMIN_CLIENTSECRETLOCATION: location })).toMatchObject({
      clientId: "c",
      clientSecret: "s3cret",
    });
    expect(() => auth("clientSecretLocation: /nowhere\nclientId: c")).toThrow("/nowhere cannot be read");
    expect(() => auth("authType: ClientSecret")).toThrow("needs a client id and a secret");
  });

  it("is a command, as a list, a line or JSON", () => {
    const command = ["get token", "-x"];
    expect(auth(`authType: ExternalCommand\ncommand: ["get token", "-x"]`)).toEqual({
      type: "ExternalCommand",
      command,
    });
    for (const line of ["'get token' -x", '["get token", "-x"]']) {
      expect(auth("", { FLYTE_AUTH_TYPE: "ExternalCommand", FLYTE_AUTH_COMMAND: line })).toMatchObject({ command });
    }
    expect(() => auth("authType: ExternalCommand")).toThrow("FLYTE_AUTH_COMMAND");
  });

  it("is refused when it is none, or one that is not here", () => {
    expect(() => auth("authType: pkce")).toThrow(
      'authType is "pkce"; there are Pkce, DeviceFlow, ClientSecret, ExternalCommand, Passthrough',
    );
    expect(() => auth("proxyCommand: [x]")).toThrow("proxies that ask for a login are not supported");
  });

  it("belongs to the endpoint it stands beside", () => {
    const config = admin("authType: ExternalCommand\ncommand: [x]");
    expect(readConfig({ config, env: {}, endpoint: "other.example.com" }).authOptions).toMatchObject({ type: "Pkce" });
  });

  it("of a proxy, is told by the environment", () => {
    expect(readConfig({ config: admin(""), env: {} }).proxyEnv).toBeUndefined();
    const env = { https_proxy: "http://proxy:3128" };
    expect(readConfig({ config: admin(""), env }).proxyEnv).toBe(env);
    expect(readConfig({ config: false, env, endpoint: "http://127.0.0.1:30080" }).proxyEnv).toBeUndefined();
  });
});

describe("an API key", () => {
  const key = Buffer.from("keys.example.com:cid:sec:acme").toString("base64");

  it("says where its control plane and organisation are", () => {
    expect(readConfig({ config: false, env: { FLYTE_API_KEY: key } })).toMatchObject({
      endpoint: "keys.example.com",
      org: "acme",
      apiKey: key,
    });
    const env = { FLYTE_ADMIN_ENDPOINT: "acme.example.com" };
    expect(readConfig({ config: false, env, apiKey: key }).endpoint).toBe("keys.example.com");
    expect(readConfig({ config: false, env: { ...env, FLYTE_API_KEY: key } }).endpoint).toBe("acme.example.com");
  });
});

describe("readInClusterConfig", () => {
  const key = Buffer.from("keys.example.com:cid:sec:acme").toString("base64");
  const place = { _U_ORG_NAME: "o", FLYTE_INTERNAL_EXECUTION_PROJECT: "p", FLYTE_INTERNAL_EXECUTION_DOMAIN: "d" };

  it("takes the mounted file, then a way to log in, then the injected key", () => {
    const env = { ...place, _U_EP_OVERRIDE: "plane:8090", _U_INSECURE: "true", EAGER_API_KEY: key };
    expect(readInClusterConfig({ env: { ...env, FLYTECTL_CONFIG: admin("clientId: c") } })).toMatchObject({
      endpoint: "dns:///acme.example.com",
      authOptions: { type: "Pkce", clientId: "c", mayAsk: false, disableKeyring: true },
      org: "o",
      project: "p",
      domain: "d",
    });
    const command = { FLYTE_AUTH_TYPE: "ExternalCommand", FLYTE_AUTH_COMMAND: "mint" };
    expect(readInClusterConfig({ env: { ...env, ...command } })).toMatchObject({
      endpoint: "plane:8090",
      insecure: true,
      apiKey: undefined,
      authOptions: { type: "ExternalCommand", command: ["mint"] },
    });
    expect(readInClusterConfig({ env: { ...place, EAGER_API_KEY: key } })).toMatchObject({
      endpoint: "keys.example.com",
      apiKey: key,
      authOptions: undefined,
    });
    expect(() => readInClusterConfig({ env: {} })).toThrow("does not name the control plane");
  });
});
