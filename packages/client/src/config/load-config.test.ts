import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inClusterConfig } from "./in-cluster.ts";
import { loadConfig } from "./load-config.ts";

const dir = mkdtempSync(join(tmpdir(), "flyte-config-"));
afterAll(() => rmSync(dir, { recursive: true }));

function file(text: string, name = "config.yaml"): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const FILE = `
admin:
  endpoint: dns:///plane:1
  insecure: true
  apiKey: key-of-file
task: {org: o, project: p, domain: d}
`;

describe("loadConfig", () => {
  it("takes each setting from options, then environment, then file", () => {
    const config = file(FILE);
    expect(loadConfig({ config, env: {} })).toMatchObject({
      endpoint: "dns:///plane:1",
      insecure: true,
      apiKey: "key-of-file",
      org: "o",
      project: "p",
      domain: "d",
    });
    const env = { FLYTE_TASK_PROJECT: "env-p", FLYTE_API_KEY: "key-of-env", FLYTE_TASK_DOMAIN: "env-d" };
    expect(loadConfig({ config, env, domain: "opt-d" })).toMatchObject({
      project: "env-p",
      apiKey: "key-of-env",
      domain: "opt-d",
    });
  });

  it("does not give another endpoint the credentials and plain HTTP of the file's", () => {
    const config = file(FILE);
    expect(loadConfig({ config, env: {}, endpoint: "elsewhere:1" })).toMatchObject({
      endpoint: "elsewhere:1",
      insecure: false,
      apiKey: undefined,
      project: "p",
    });
  });

  it("reads booleans, also FLYTE_ADMIN_INSECURE=false, for what they say", () => {
    const config = file(FILE);
    expect(loadConfig({ config, env: { FLYTE_ADMIN_INSECURE: "false" } }).insecure).toBe(false);
    expect(() => loadConfig({ config, env: { FLYTE_ADMIN_INSECURE: "maybe" } })).toThrow(/FLYTE_ADMIN_INSECURE/);
  });

  it("finds .flyte/config.yaml below the working directory", () => {
    const cwd = join(dir, "project");
    mkdirSync(join(cwd, ".flyte"), { recursive: true });
    writeFileSync(join(cwd, ".flyte", "config.yaml"), FILE);
    expect(loadConfig({ cwd, env: {} }).endpoint).toBe("dns:///plane:1");
  });

  it("takes for certificate authorities what is one", () => {
    const config = file(FILE.replace("insecure: true", "insecure: false"), "tls.yaml");
    const env = { FLYTE_ADMIN_CACERTFILEPATH: file("-----BEGIN PRIVATE KEY-----\n", "key.pem") };
    expect(() => loadConfig({ config, env })).toThrow(/key\.pem should hold certificate authorities/);
    const none = { SSL_CERT_FILE: join(dir, "none.pem") };
    expect(() => loadConfig({ config, env: none })).toThrow(/none\.pem cannot be read/);
  });

  it("says what is missing or broken, and where", () => {
    expect(() => loadConfig({ config: false, env: {} })).toThrow(/no control plane is configured/);
    expect(() => loadConfig({ config: join(dir, "none.yaml"), env: {} })).toThrow(/none\.yaml cannot be read/);
    expect(() => loadConfig({ config: file("admin: [", "broken.yaml"), env: {} })).toThrow(
      /broken\.yaml is not valid YAML/,
    );
  });
});

describe("inClusterConfig", () => {
  it("reads what the platform tells an app", () => {
    expect(inClusterConfig({ _U_EP_OVERRIDE: "plane:8090", _U_INSECURE: "true" })).toMatchObject({
      endpoint: "plane:8090",
      insecure: true,
    });
    expect(() => inClusterConfig({})).toThrow(/_U_EP_OVERRIDE|does not name/);
  });
});
