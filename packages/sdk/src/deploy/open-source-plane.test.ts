import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type ControlPlane, createControlPlane } from "@flyte-webhook/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AppEnvironment } from "../environment/app-environment.ts";
import { plan } from "../plan/plan.ts";
import { type OpenSourcePlaneOptions, startOpenSourcePlane } from "../testing/open-source-plane.ts";
import { getApp, listApps } from "./app.ts";
import { deploy } from "./deploy.ts";
import { DeployError } from "./deploy-error.ts";
import type { DeployEvent } from "./events.ts";
import { serve } from "./serve.ts";

const PLACE = { org: "", project: "flytesnacks", domain: "development" };
const env = (version: string) =>
  new AppEnvironment({
    name: "app",
    image: "node:24-slim",
    command: ["node", "app.js"],
    envVars: { VERSION: version },
  });
const versionOf = ({ appPayload }: { readonly appPayload: { readonly value?: unknown } }) =>
  (appPayload.value as { env: { value: string }[] }).env[0]?.value;

let answering: Server;
let publicUrl: string;
beforeAll(async () => {
  answering = createServer((_, response) => response.end("ok"));
  await new Promise<void>((resolve) => answering.listen(0, "127.0.0.1", resolve));
  publicUrl = `http://127.0.0.1:${(answering.address() as AddressInfo).port}`;
});
afterAll(() => {
  answering.closeAllConnections();
  answering.close();
});

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function start(options: Partial<OpenSourcePlaneOptions> = {}) {
  const plane = await startOpenSourcePlane({ publicUrl, ...options });
  const controlPlane: ControlPlane = createControlPlane({ endpoint: plane.endpoint, ...PLACE });
  open.push(plane, controlPlane);
  return { plane, controlPlane };
}

describe("an open-source control plane", () => {
  test("has no conditions right after a create, and a Get that lags: the watch tells when it serves", async () => {
    const { plane, controlPlane } = await start();
    const events: DeployEvent[] = [];
    const app = await serve(env("1"), { controlPlane, timeoutMs: 10_000, onEvent: (event) => events.push(event) });
    expect(app).toMatchObject({ endpoint: publicUrl, revision: 0, deploymentStatus: "ACTIVE" });
    expect(plane.calls.slice(0, 4)).toEqual(["get", "create", "get", "watch"]);
    expect(events.map((event) => (event.type === "status" ? event.status : event.type))).toEqual([
      "submitted",
      "PENDING",
      "ACTIVE",
      "serving",
    ]);
  });

  test("tells each state once, though what Get answers is half a minute old", async () => {
    const { plane, controlPlane } = await start({ settleMs: 2500 });
    const events: DeployEvent[] = [];
    await serve(env("1"), { controlPlane, timeoutMs: 10_000, onEvent: (event) => events.push(event) });
    expect(events.map((event) => (event.type === "status" ? event.status : event.type))).toEqual([
      "submitted",
      "PENDING",
      "ACTIVE",
      "serving",
    ]);
    expect(plane.calls.filter((call) => call === "get").length).toBeLessThanOrEqual(3);
  });

  test("refuses a write while its controller is at work on the last one: it is written a little later", async () => {
    const { plane, controlPlane } = await start({ cacheMs: 0 });
    await deploy(env("1"), { controlPlane });
    await deploy(env("2"), { controlPlane });
    expect(plane.calls.filter((call) => call === "update").length).toBeGreaterThan(1);
    expect(versionOf((await controlPlane.apps.get({ name: "app" })).spec as never)).toBe("2");
  });

  test("stops an app without an address: it is started by the same declaration, and tells its states", async () => {
    const { controlPlane } = await start();
    const app = await serve(env("1"), { controlPlane, timeoutMs: 10_000 });
    await app.deactivate({ wait: true, timeoutMs: 10_000 });
    expect([app.deploymentStatus, app.endpoint]).toEqual(["STOPPED", ""]);
    await expect(async () => {
      for await (const _ of app.logs());
    }).rejects.toMatchObject({ code: "not_found" });
    expect((await plan(env("1"), { controlPlane })).changes).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(await serve(env("1"), { controlPlane, timeoutMs: 10_000 })).toMatchObject({ endpoint: publicUrl });
    expect((await plan(env("1"), { controlPlane })).changes).toBe(false);
    expect((await listApps({ controlPlane })).map(({ name }) => name)).toEqual(["app"]);
    await new Promise((resolve) => setTimeout(resolve, 350));
    await app.deactivate({ wait: true, timeoutMs: 10_000 });
    await new Promise((resolve) => setTimeout(resolve, 350));
    await app.activate({ wait: true, timeoutMs: 10_000 });
    expect(app.isActive()).toBe(true);
    await app.delete();
    await expect(getApp("app", { controlPlane })).rejects.toMatchObject({ code: "not_found" });
  });

  test("sends a stream's headers with its first message: whoever waits can still end it", async () => {
    const { controlPlane } = await start();
    const enough = new Error("enough");
    const end = new AbortController();
    setTimeout(() => end.abort(enough), 200);
    const nothing = (async () => {
      for await (const _ of controlPlane.apps.watch({ name: "unknown" }, { signal: end.signal }));
    })();
    await expect(nothing).rejects.toThrow();
    expect(end.signal.aborted).toBe(true);
  });

  test("puts back the spec of before, though it counts no revisions", async () => {
    const { controlPlane } = await start({ cacheMs: 0, fails: (spec) => versionOf(spec as never) === "2" });
    await serve(env("1"), { controlPlane, timeoutMs: 10_000 });
    const failed = await serve(env("2"), { controlPlane, timeoutMs: 10_000, rollbackOnFailure: true }).catch(
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(DeployError);
    expect((failed as Error).message).toContain("Revision failed: exit code 3");
    expect((failed as Error).message).toContain("was put back");
    expect(versionOf((await controlPlane.apps.get({ name: "app" })).spec as never)).toBe("1");
  });

  test("of a newer version keeps the conditions of all deployments: the last ones count", async () => {
    const { controlPlane } = await start({
      keepsConditions: true,
      cacheMs: 0,
      fails: (spec) => versionOf(spec as never) === "1",
    });
    await expect(serve(env("1"), { controlPlane, timeoutMs: 10_000 })).rejects.toMatchObject({ code: "deploy_failed" });
    const app = await serve(env("2"), { controlPlane, timeoutMs: 10_000 });
    // Nothing is written: what failed earlier is over.
    await serve(env("2"), { controlPlane, timeoutMs: 10_000 });
    await app.deactivate({ wait: true, timeoutMs: 10_000 });
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(await serve(env("2"), { controlPlane, timeoutMs: 10_000 })).toMatchObject({ endpoint: publicUrl });
    await expect(serve(env("1"), { controlPlane, timeoutMs: 10_000 })).rejects.toMatchObject({ code: "deploy_failed" });
  });

  test("knows no logins, and takes every call", async () => {
    const { controlPlane } = await start();
    await expect(controlPlane.users.me()).rejects.toMatchObject({ code: "unimplemented" });
    expect(await listApps({ controlPlane })).toEqual([]);
  });
});
