import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import {
  Spec_DesiredState as DesiredState,
  Status_DeploymentStatus as Status,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { afterEach, describe, expect, it } from "vitest";
import { type Devbox, startDevbox } from "../devbox.ts";

const id = { org: "", project: "flytesnacks", domain: "development", name: "app" };
const dirs: string[] = [];
let devbox: Devbox | undefined;
afterEach(async () => {
  await devbox?.close();
  devbox = undefined;
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function start(dir?: string) {
  const where = dir ?? mkdtempSync(join(tmpdir(), "devbox-app-"));
  if (!dirs.includes(where)) dirs.push(where);
  devbox = await startDevbox({ dir: where, port: 0 });
  const client = createClient(AppService, createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" }));
  const get = async () => (await client.get({ identifier: { case: "appId", value: id } })).app;
  const until = async (status: Status) => {
    for (const end = Date.now() + 15_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const app = await get();
      if (app?.status?.conditions.at(-1)?.deploymentStatus === status) return app;
    }
    throw new Error(
      `never ${Status[status]}: ${JSON.stringify((await get())?.status?.conditions.map((one) => one.message))}`,
    );
  };
  return { dir: where, client, get, until };
}

const app = (code: string, desiredState = DesiredState.ACTIVE) => ({
  metadata: { id },
  spec: {
    desiredState,
    appPayload: { case: "container" as const, value: { image: "any", command: ["node", "-e", code] } },
  },
});
const server = (text: string) =>
  `require("http").createServer((q, r) => { r.write("${text} "); q.pipe(r); }).listen(process.env.PORT, "127.0.0.1")`;

describe("apps", { timeout: 40_000 }, () => {
  it("start, answer at a stable address, are replaced, stopped and started again", async () => {
    const { dir, client, until } = await start();
    await client.create({ app: app(server("one")) });
    const first = await until(Status.ACTIVE);
    const url = first.status?.ingress?.publicUrl ?? "";
    expect(await (await fetch(url, { method: "POST", body: "echo" })).text()).toBe("one echo");

    await client.update({ app: app(server("two")) });
    await expect.poll(async () => (await fetch(url)).text(), { timeout: 10_000 }).toBe("two ");

    await client.update({ app: app("", DesiredState.STOPPED) });
    await until(Status.STOPPED);
    expect((await fetch(url)).status).toBe(503);
    await client.update({ app: app(server("three")) });
    await until(Status.ACTIVE);

    await devbox?.close();
    const again = await start(dir);
    const back = await again.until(Status.ACTIVE);
    expect(back.status?.ingress?.publicUrl).toBe(url);
    expect(await (await fetch(url)).text()).toBe("three ");
  });

  it("that crash are failed, with their exit code and last words", async () => {
    const { client, until } = await start();
    await client.create({ app: app(`console.error("no config here"); process.exit(3)`) });
    const failed = await until(Status.FAILED);
    expect(failed.status?.conditions[0]?.message).toMatch(/3[\s\S]*no config here/);
  });

  it("refuse a stale revision", async () => {
    const { client, until } = await start();
    await client.create({ app: app(server("one")) });
    await until(Status.ACTIVE);
    const stale = app(server("two"));
    await expect(client.update({ app: { ...stale, metadata: { id, revision: 7n } } })).rejects.toThrow(/revision 7/);
    expect((await until(Status.ACTIVE)).metadata?.revision).toBe(0n);
    await client.update({ app: { ...stale, metadata: { id, revision: 1n } } });
    expect((await until(Status.ACTIVE)).metadata?.revision).toBe(2n);
  });
});
