import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { createControlPlane, type ImageBuilder } from "@flyte-webhook/client";
import type { App } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { ImageSpecSchema } from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";
import { ImageService } from "@flyte-webhook/idl/flyteidl2/imagebuilder/service";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deploy } from "../deploy/deploy.ts";
import type { DeployEvent } from "../deploy/events.ts";
import { AppEnvironment } from "../environment/app-environment.ts";
import { plan } from "../plan/plan.ts";
import { Image } from "./image.ts";
import { tar } from "./tar.ts";

let dir: string;
let store: Server;
let uploads: Map<string, Buffer>;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "flyte-remote-"));
  uploads = new Map();
  store = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      uploads.set((request.url ?? "").slice(1), Buffer.concat(chunks));
      response.end();
    });
  });
  await new Promise<void>((resolve) => store.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

const text = (key: string) =>
  ({ key, value: { type: { type: { case: "simple", value: SimpleType.STRING } } } }) as const;
const said = (value: string) =>
  ({
    value: {
      case: "scalar",
      value: { value: { case: "primitive", value: { value: { case: "stringValue", value } } } },
    },
  }) as const;
const SUCCEEDED = 5;
const FAILED = 6;

interface Platform {
  /** Images it has, by `name:tag`. */
  readonly images?: Readonly<Record<string, string>>;
  readonly task?: boolean;
  readonly phase?: number;
  readonly imageBuilder?: ImageBuilder;
}

/** A platform with an image builder, as far as it is called; what it is asked is kept. */
function platform({ images = {}, task = true, phase = SUCCEEDED, imageBuilder = "remote" }: Platform = {}) {
  const asked: string[] = [];
  const created: App[] = [];
  const taskId = { org: "acme", project: "system", domain: "production", name: "build-image", version: "b1" };
  const inputs = { variables: [text("spec"), text("context"), text("target_image")] };
  const transport = createRouterTransport(({ service }) => {
    service(AppService, {
      get() {
        throw new ConnectError("there is none", Code.NotFound);
      },
      create({ app }) {
        if (app) created.push(app);
        return app ? { app } : {};
      },
    });
    service(ImageService, {
      getImage({ id }) {
        asked.push(`GetImage ${id?.name.replace(/:.*/, ":TAG")}`);
        const fqin = images[id?.name ?? ""];
        if (fqin === undefined) throw new ConnectError("no such image", Code.NotFound);
        return { image: { fqin } };
      },
    });
    service(TaskService, {
      listTasks: () => ({ tasks: task ? [{ taskId }] : [] }),
      getTaskDetails: () => ({ details: { taskId, spec: { taskTemplate: { interface: { inputs } } } } }),
    });
    service(DataProxyService, {
      createUploadLocation: ({ filename }) => ({
        signedUrl: `http://127.0.0.1:${(store.address() as AddressInfo).port}/${filename}`,
        nativeUrl: `s3://b/${filename}`,
      }),
      uploadInputs(request) {
        for (const { name, value } of request.inputs?.literals ?? []) {
          const scalar = value?.value.case === "scalar" ? value.value.value.value : undefined;
          const primitive = scalar?.case === "primitive" ? scalar.value.value.value : undefined;
          asked.push(`${name}=${String(primitive).replace(/:[0-9a-f]{20}$/, ":TAG")}`);
        }
        return { offloadedInputData: { uri: "s3://b/inputs" } };
      },
      getActionData: () => ({ outputs: { literals: [{ name: "o0", value: said("cr.acme.com/hooks@sha256:1") }] } }),
      async *tailLogs() {
        yield { logs: [{ lines: [{ message: "step 1" }, { message: "step 2" }] }] };
      },
    });
    service(RunService, {
      createRun({ task: what }) {
        asked.push(`CreateRun by ${what.case}`);
        return { run: { action: { id: { run: { project: "p", domain: "d", name: "rbuild" } } } } };
      },
      getRunDetails: () => ({
        details: {
          action: {
            status: { phase, attempts: 1 },
            ...(phase === FAILED && {
              result: { case: "errorInfo" as const, value: { message: "no such package" } },
            }),
          },
        },
      }),
    });
  });
  const options = { endpoint: "http://127.0.0.1:1", org: "acme", project: "p", domain: "d", imageBuilder, transport };
  return { controlPlane: createControlPlane(options), asked, created };
}

const image = () => Image.fromBase("node:24-bookworm-slim", { repository: "hooks" });
const app = (built: Image) => new AppEnvironment({ name: "backend", image: built, command: ["node", "/app/a.mjs"] });
const imageOf = (one: App | undefined) => (one?.spec?.appPayload.value as { image?: string } | undefined)?.image;

describe("an image that the platform builds", () => {
  test("is built from an uploaded spec and its files, and deployed under the name that the platform gives it", async () => {
    mkdirSync(join(dir, "app", "lib"), { recursive: true });
    writeFileSync(join(dir, "app", "a.mjs"), "content");
    writeFileSync(join(dir, "app", "lib", "run.sh"), "#!/bin/sh", { mode: 0o755 });
    const built = image()
      .withAptPackages("git")
      .withFiles(join(dir, "app"), "/app")
      .withPackages("undici@7.1.0")
      .withEnv({ NODE_ENV: "production" })
      .withCommand("true");
    const { controlPlane, asked, created } = platform();
    const events: DeployEvent[] = [];
    await deploy(app(built), { controlPlane, onEvent: (event) => events.push(event) });
    expect(asked).toEqual([
      "GetImage hooks:TAG",
      "spec=s3://b/spec.pb",
      "context=s3://b/context.tar.gz",
      "target_image=hooks:TAG",
      "CreateRun by taskId",
    ]);
    expect(imageOf(created[0])).toBe("cr.acme.com/hooks@sha256:1");
    expect(events.map((event) => ("line" in event ? event.line : event.type))).toEqual([
      expect.stringMatching(/^built by http:.*\/runs\/rbuild$/),
      "step 1",
      "step 2",
      "image",
      "submitted",
    ]);
    expect(toJson(ImageSpecSchema, fromBinary(ImageSpecSchema, uploads.get("spec.pb") ?? Buffer.alloc(0)))).toEqual({
      baseImage: "node:24-bookworm-slim",
      pythonVersion: "3.12",
      layers: [
        { commands: { cmd: [expect.stringContaining("useradd")] } },
        { aptPackages: { packages: ["git"] } },
        { copyConfig: { src: "files/0", dst: "/app" } },
        { commands: { cmd: ["npm install --prefix /opt --omit=dev --no-audit --no-fund undici@7.1.0"] } },
        { env: { envVariables: { NODE_ENV: "production" } } },
        { commands: { cmd: ["true"] } },
      ],
    });
    const archive = join(dir, "context.tar");
    writeFileSync(archive, gunzipSync(uploads.get("context.tar.gz") ?? Buffer.alloc(0)));
    const listed = execFileSync("tar", ["-tvf", archive], { encoding: "utf8", env: { ...process.env, TZ: "UTC" } });
    expect(
      listed
        .trim()
        .split("\n")
        .map((line) => line.replace(/\s+/g, " ")),
    ).toEqual([
      "-rw-r--r-- 0/0 7 1970-01-01 00:00 files/0/a.mjs",
      "-rwxr-xr-x 0/0 9 1970-01-01 00:00 files/0/lib/run.sh",
    ]);
  });

  test("is not built again when the platform has it; a plan knows it by its name there, too", async () => {
    const built = image().withCommand("true");
    const there = platform({ images: { [built.shortName]: "cr.acme.com/hooks:1" } });
    const events: DeployEvent[] = [];
    const { controlPlane, created, asked } = there;
    const planned = await plan(app(built), { controlPlane });
    expect(planned.changes).toBe(true);
    await deploy(app(built), { controlPlane, onEvent: (event) => events.push(event) });
    expect(asked).toEqual(["GetImage hooks:TAG", "GetImage hooks:TAG"]);
    expect(imageOf(created[0])).toBe("cr.acme.com/hooks:1");
    expect(events[0]).toEqual({ type: "image", image: "cr.acme.com/hooks:1", change: "there" });
  });

  test("keeps a registry that it names", async () => {
    const built = Image.fromBase("node:24", { repository: "ghcr.io/acme/hooks" }).withCommand("true");
    const { controlPlane, asked } = platform();
    await deploy(app(built), { controlPlane });
    expect(asked).toContain("GetImage hooks:TAG");
    expect(asked).toContain("target_image=ghcr.io/acme/hooks:TAG");
    expect(asked).toContain("context=");
  });

  test("whose build fails is told with its reason and last lines, and nothing is deployed", async () => {
    const { controlPlane, created } = platform({ phase: FAILED });
    await expect(deploy(app(image().withCommand("false")), { controlPlane })).rejects.toMatchObject({
      code: "deploy_failed",
      message: expect.stringMatching(
        /^the build of hooks:\w+ ended failed: no such package\n {2}step 1\n {2}step 2\nhttp/,
      ),
    });
    expect(created).toEqual([]);
  });

  test("is refused by a platform without a builder, before anything is deployed", async () => {
    const built = image().withCommand("true");
    const { controlPlane, created } = platform({ task: false });
    await expect(deploy(app(built), { controlPlane })).rejects.toMatchObject({
      code: "unimplemented",
      message: expect.stringContaining("this control plane has no builder"),
      hint: expect.stringContaining("docker, podman or buildah"),
    });
    const none = createControlPlane({
      endpoint: "http://127.0.0.1:1",
      project: "p",
      domain: "d",
      transport: createRouterTransport(() => {}),
    });
    await expect(deploy(app(built), { controlPlane: none, builder: "remote" })).rejects.toMatchObject({
      code: "unimplemented",
    });
    expect(created).toEqual([]);
  });
});

test("an archive holds long paths, and refuses those that it cannot", () => {
  const path = `${"d".repeat(90)}/${"e".repeat(60)}/${"f".repeat(90)}`;
  writeFileSync(join(dir, "a.tar"), tar([{ path, bytes: Buffer.from("x".repeat(600)), executable: false }]));
  execFileSync("tar", ["-xf", "a.tar"], { cwd: dir });
  expect(readFileSync(join(dir, path), "utf8")).toBe("x".repeat(600));
  expect(() => tar([{ path: "x".repeat(101), bytes: Buffer.alloc(0), executable: false }])).toThrow("too long");
});
