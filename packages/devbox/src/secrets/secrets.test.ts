import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Status_DeploymentStatus as Status } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import {
  type Secret,
  Secret_MountType,
  SecretSchema,
  SecurityContextSchema,
} from "@flyte-webhook/idl/flyteidl2/core/security";
import { SecretService } from "@flyte-webhook/idl/flyteidl2/secret/secret";
import { describe, expect, test } from "vitest";
import { shellTask } from "../testing/shell-task.ts";
import { temporaryDevbox } from "../testing/temporary-devbox.ts";

const PROJECT = { project: "flytesnacks", domain: "development" };

async function start() {
  const { devbox, client, dir } = await temporaryDevbox();
  const transport = createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" });
  const secrets = createClient(SecretService, transport);
  const put = (name: string, value: string | Uint8Array, scope: { project?: string; domain?: string } = PROJECT) =>
    secrets.createSecret({
      id: { name, ...scope },
      secretSpec: {
        value: typeof value === "string" ? { case: "stringValue", value } : { case: "binaryValue", value },
      },
    });
  return { devbox, client, dir, secrets, put, apps: createClient(AppService, transport) };
}

function withSecrets(
  script: string,
  ...asked: Partial<Pick<Secret, "key" | "group" | "envVar" | "mountRequirement">>[]
) {
  const spec = shellTask(script);
  const securityContext = create(SecurityContextSchema, { secrets: asked.map((one) => create(SecretSchema, one)) });
  return { ...spec, taskTemplate: { ...spec.taskTemplate, securityContext } } as typeof spec;
}

/** Every file of the devbox, with what is in it. */
function contents(dir: string): string {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1")).join("\n");
}

describe("a task is given its secrets", () => {
  test("as variables: its project's before the domain's before everyone's", async () => {
    const { client, put } = await start();
    await put("one", "of all", {});
    await put("one", "of the domain", { domain: "development" });
    await put("one", "of the project");
    await put("my-key", "of all", {});
    await put("my-key", "of another", { domain: "production" });
    const run = await client.runSpec(
      withSecrets('echo "$ONE, $MY_KEY, $OTHER"', { key: "one" }, { key: "my-key" }, { key: "one", envVar: "OTHER" }),
    );
    expect((await client.end(run)).phase).toBe("SUCCEEDED");
    expect(await client.logs(run)).toEqual(["of the project, of all, of the project"]);
  });

  test("as files, which are gone with it", async () => {
    const { client, put, dir } = await start();
    await put("cert", Uint8Array.of(0, 255, 10));
    const file = { key: "cert", group: "tls", envVar: "CERT", mountRequirement: Secret_MountType.FILE };
    const script = 'od -An -tx1 "$FLYTE_SECRETS_DEFAULT_DIR/tls/cert"; echo "$CERT"; ls -l "$CERT" | cut -c1-10';
    const run = await client.runSpec(withSecrets(script, file));
    expect((await client.end(run)).phase).toBe("SUCCEEDED");
    const [bytes, path = "", mode] = await client.logs(run);
    expect([bytes?.trim(), mode]).toEqual(["00 ff 0a", "-rw-------"]);
    expect(path.startsWith(dir)).toBe(true);
    expect(existsSync(path)).toBe(false);
  });

  test("or fails, and says how to create the one that is missing", async () => {
    const { client, put } = await start();
    await put("there", "x", { domain: "production" });
    const run = await client.runSpec(withSecrets("echo never", { key: "there" }));
    expect(await client.end(run)).toMatchObject({
      phase: "FAILED",
      error:
        'there is no secret "there" for flytesnacks/development; create it: flyte create secret there ' +
        "--project flytesnacks --domain development",
    });
  });

  test("or fails, when bytes are to be a variable", async () => {
    const { client, put } = await start();
    await put("bytes", Uint8Array.of(0, 1));
    const run = await client.runSpec(withSecrets("echo never", { key: "bytes" }));
    expect((await client.end(run)).error).toContain("ask for it as a file");
  });
});

test("an app is given its secrets as soon as they are there", { timeout: 30_000 }, async () => {
  const { apps, put } = await start();
  const id = { ...PROJECT, name: "secretive" };
  const code = 'require("http").createServer((q, r) => r.end(process.env.TOKEN)).listen(process.env.PORT, "127.0.0.1")';
  const securityContext = { secrets: [create(SecretSchema, { key: "token", envVar: "TOKEN" })] };
  const container = { image: "any", command: ["node", "-e", code] };
  await apps.create({
    app: { metadata: { id }, spec: { appPayload: { case: "container", value: container }, securityContext } },
  });
  const status = async () => (await apps.get({ identifier: { case: "appId", value: id } })).app?.status;
  const message = async () => (await status())?.conditions[0]?.message;
  await expect.poll(message, { timeout: 5000 }).toContain('there is no secret "token"');
  await put("token", "s3cr3t");
  const isActive = async () => (await status())?.conditions.at(-1)?.deploymentStatus;
  await expect.poll(isActive, { timeout: 15_000 }).toBe(Status.ACTIVE);
  expect(await (await fetch((await status())?.ingress?.publicUrl ?? "")).text()).toBe("s3cr3t");
});

test("values are told by no call, and are nowhere but in the database, which is its owner's", async () => {
  const { devbox, secrets, put, dir } = await start();
  const id = { name: "k", ...PROJECT };
  await put("k", "first-value");
  await secrets.updateSecret({ id, secretSpec: { value: { case: "stringValue", value: "second-value" } } });
  expect(inspect(await secrets.getSecret({ id }), { depth: 9 })).not.toContain("second-value");
  expect(inspect(await secrets.listSecrets(PROJECT), { depth: 9 })).not.toContain("second-value");
  const files = readdirSync(dir).filter((name) => name.startsWith("devbox.db"));
  expect(files.map((name) => statSync(join(dir, name)).mode & 0o777)).toEqual(files.map(() => 0o600));
  expect(contents(dir)).toContain("second-value");

  await secrets.deleteSecret({ id });
  await devbox.close();
  expect(contents(dir)).not.toMatch(/(first|second)-value/);
});

test.each([
  [{ id: { name: "k", project: "p" } }, "needs a domain"],
  [{ id: { name: "k", domain: "x" } }, "unknown domain"],
  [{ id: { name: "a/b" } }, "invalid secret name"],
  [{ id: { name: ".." } }, "invalid secret name"],
  [{}, "is required"],
  [{ id: { name: "k" } }, "neither a string nor a binary value"],
])("%j is refused", async (request, message) => {
  const { secrets } = await start();
  await expect(secrets.createSecret(request)).rejects.toThrow(new RegExp(`^\\[invalid_argument\\].*${message}`));
});
