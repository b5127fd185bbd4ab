import { fromBinary, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { ImageSpecSchema } from "@flyte-webhook/idl/flyteidl2/imagebuilder/definition";
import { ImageService } from "@flyte-webhook/idl/flyteidl2/imagebuilder/service";
import { CacheLookupScope } from "@flyte-webhook/idl/flyteidl2/task/run";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import { afterEach, describe, expect, it } from "vitest";
import { recordedWebhook } from "../testing/recorded-webhook.ts";
import { startTarget, type Target } from "../testing/target.ts";

const stores: Target[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

const text = (key: string) =>
  ({ key, value: { type: { type: { case: "simple", value: SimpleType.STRING } } } }) as const;

interface Platform {
  /** Images it has, by `name:tag`; every other is not found. */
  images?: Record<string, string>;
  getImage?: Code;
  builder?: boolean;
  /** Statuses the store answers with in turn; 200 after them. */
  statuses?: number[];
  storeUrl?: string;
}

/** A platform with an image builder and a store; what the store holds is decoded as image specs. */
async function platform({ images = {}, getImage, builder = true, statuses = [], storeUrl }: Platform = {}) {
  const bodies: Uint8Array[] = [];
  const store = await startTarget(
    () => {},
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        bodies.push(Buffer.concat(chunks));
        headers.push(request.headers as Record<string, string>);
        response.writeHead(statuses.shift() ?? 200).end();
      });
      return true;
    },
  );
  const headers: Record<string, string>[] = [];
  stores.push(store);
  const taskId = { org: "acme", project: "system", domain: "production", name: "build-image", version: "b1" };
  const webhook = recordedWebhook(({ service }) => {
    service(ImageService, {
      getImage: ({ id }) => {
        if (getImage !== undefined) throw new ConnectError("upstream says no", getImage);
        const fqin = images[id?.name ?? ""];
        if (fqin === undefined) throw new ConnectError("no such image", Code.NotFound);
        return { image: { id: { name: id?.name ?? "" }, fqin } };
      },
    });
    service(TaskService, {
      listTasks: () => ({ tasks: builder ? [{ taskId }] : [] }),
      getTaskDetails: () => ({
        details: {
          taskId,
          spec: {
            taskTemplate: {
              interface: { inputs: { variables: [text("spec"), text("context"), text("target_image")] } },
            },
          },
        },
      }),
    });
    service(DataProxyService, {
      createUploadLocation: ({ filename }) => ({
        signedUrl: `${storeUrl ?? `http://${store.host}`}/upload/${filename}?sig=secret`,
        nativeUrl: `s3://b/${filename}`,
        headers: { "X-Amz-Meta-A": "1" },
      }),
      uploadInputs: () => ({ offloadedInputData: { uri: "s3://b/inputs" } }),
    });
    service(RunService, {
      createRun: () => ({ run: { action: { id: { run: { project: "p", domain: "d", name: "rbuild" } } } } }),
    });
  });
  return { ...webhook, headers, specs: () => bodies.map((body) => fromBinary(ImageSpecSchema, body)) };
}

describe("build_image", () => {
  it("uploads the spec and runs the platform's builder, all parameters in the body", async () => {
    const { request, requestsOf, calls, specs, headers } = await platform();
    const response = await request("POST", "/build-image", {
      json: {
        name: "hook",
        base_image: "node:20",
        python_version: "3.12.1",
        pre: true,
        pip_packages: ["x"],
        apt_packages: ["git"],
        platform: ["linux/arm64", "LINUX/AMD64"],
      },
    });
    expect(response.status).toBe(200);
    const body = (await response.json()) as { image_tag: string };
    expect(body).toEqual({
      image_build_run_url: "http://localhost:8080/v2/domain/d/project/p/runs/rbuild",
      image_build_run_name: "rbuild",
      image_name: "hook",
      base_image: "node:20",
      pip_packages: ["x"],
      apt_packages: ["git"],
      platform: ["linux/arm64", "linux/amd64"],
      image_uri: null,
      image_tag: expect.stringMatching(/^[0-9a-f]{32}$/),
      already_exists: false,
    });
    expect(specs().map((spec) => toJson(ImageSpecSchema, spec))).toEqual([
      {
        baseImage: "node:20",
        pythonVersion: "3.12",
        platform: ["linux/amd64", "linux/arm64"],
        layers: [{ aptPackages: { packages: ["git"] } }, { pipPackages: { packages: ["x"], options: { pre: true } } }],
      },
    ]);
    expect(headers[0]).toMatchObject({ "x-amz-meta-a": "1", "content-md5": expect.stringMatching(/==$/) });
    expect(headers[0]).not.toHaveProperty("authorization");
    const image = `hook:${body.image_tag}`;
    expect(requestsOf("ImageService/GetImage")).toMatchObject([{ id: { name: image }, organization: "acme" }]);
    expect(requestsOf("TaskService/ListTasks")).toMatchObject([
      { scopeBy: { value: { name: "system", domain: "production" } } },
    ]);
    const stringOf = (name: string, value: string) => ({
      name,
      value: { value: { value: { value: { value: { value: { case: "stringValue", value } } } } } },
    });
    expect(requestsOf("DataProxyService/UploadInputs")).toMatchObject([
      {
        id: { value: { name: "p", domain: "d" } },
        inputs: {
          literals: [stringOf("spec", "s3://b/spec.pb"), stringOf("context", ""), stringOf("target_image", image)],
        },
      },
    ]);
    expect(requestsOf("RunService/CreateRun")).toMatchObject([
      {
        id: { value: { organization: "acme", name: "p", domain: "d" } },
        task: { case: "taskId", value: { project: "system", name: "build-image", version: "b1" } },
        runSpec: { cacheConfig: { cacheLookupScope: CacheLookupScope.PROJECT_DOMAIN } },
      },
    ]);
    expect(calls.every((call) => call.caller?.authorization === "Bearer t")).toBe(true);
  });

  it("takes lists in the query too, and the query wins", async () => {
    const { request, specs } = await platform();
    const response = await request("POST", "/build-image?pip_packages=a&pip_packages=b&name=q", {
      json: { name: "body", pip_packages: ["c"] },
    });
    expect(await response.json()).toMatchObject({ image_name: "q", pip_packages: ["a", "b"] });
    expect(specs()[0]?.layers).toHaveLength(1);
  });

  it("answers an image that is there with its full name, and asks again for every caller", async () => {
    const images: Record<string, string> = {};
    const { request, requestsOf } = await platform({ images });
    const build = () => request("POST", "/build-image", { json: { name: "hook", pip_packages: ["x"] } });
    const first = (await (await build()).json()) as { image_tag: string };
    images[`hook:${first.image_tag}`] = `registry.example/hook:${first.image_tag}`;
    expect(await (await build()).json()).toMatchObject({
      image_build_run_url: null,
      image_uri: `registry.example/hook:${first.image_tag}`,
      already_exists: true,
    });
    expect(requestsOf("ImageService/GetImage")).toHaveLength(2);
    expect(requestsOf("RunService/CreateRun")).toHaveLength(1);
  });

  it("gives different content different tags", async () => {
    const { request } = await platform();
    const tag = async (json: object) =>
      ((await (await request("POST", "/build-image", { json })).json()) as { image_tag: string }).image_tag;
    const tags = await Promise.all(
      [
        { pip_packages: ["ab", "c"] },
        { pip_packages: ["a", "bc"] },
        { apt_packages: ["ab", "c"] },
        { pip_packages: ["ab", "c"], pre: true },
        { pip_packages: ["ab", "c"], platform: ["linux/arm64"] },
        { pip_packages: ["ab", "c"], python_version: "3.11" },
        { pip_packages: ["ab", "c"], base_image: "node:24" },
      ].map(tag),
    );
    expect(new Set(tags).size).toBe(tags.length);
    expect(await tag({ pip_packages: ["ab", "c"] })).toBe(tags[0]);
  });

  it.each([
    [{}, "ghcr.io/flyteorg/flyte:py3.12-v2.12.1", "flyte-debian-base"],
    [{ python_version: "3.11.4", flyte_version: "2.0.0" }, "ghcr.io/flyteorg/flyte:py3.11-v2.0.0", "flyte-debian-base"],
    [{ base_image: "node:24" }, "node:24", "node:24"],
  ])("has nothing to build for %j", async (json, uri, base) => {
    const { request, calls } = await platform();
    const response = await request("POST", "/build-image", { json });
    expect(await response.json()).toMatchObject({
      image_build_run_url: null,
      image_name: null,
      base_image: base,
      pip_packages: null,
      image_uri: uri,
      already_exists: true,
    });
    expect(calls).toEqual([]);
  });

  it.each([
    [{ python_version: "3.x" }, "python_version"],
    [{ python_version: "2.7" }, "python_version"],
    [{ name: "Bad Name" }, "name"],
    [{ base_image: "node:20 RUN x" }, "base_image"],
    [{ flyte_version: "1;2" }, "flyte_version"],
    [{ pip_packages: ["--index-url=http://evil"] }, "pip_packages"],
    [{ pip_packages: ["x\nRUN evil"] }, "pip_packages"],
    [{ pip_packages: ["x --index-url=http://evil"] }, "pip_packages"],
    [{ pip_packages: ["x; rm -rf /"] }, "pip_packages"],
    [{ apt_packages: ["git && evil"] }, "apt_packages"],
    [{ platform: ["windows/amd64"] }, "platform"],
    [{ pip_package: ["x"] }, "pip_package"],
  ])("refuses %j with 422 before any call", async (json, key) => {
    const { request, calls } = await platform();
    const response = await request("POST", "/build-image", { json });
    expect(response.status).toBe(422);
    const { detail } = (await response.json()) as { detail: { loc: unknown[] }[] };
    expect(detail[0]?.loc.slice(0, 2)).toEqual(["body", key]);
    expect(calls).toEqual([]);
  });

  it.each([
    [Code.Unauthenticated, 401],
    [Code.PermissionDenied, 403],
    [Code.Unavailable, 503],
    [Code.Unimplemented, 501],
  ])("does not take GetImage's error %i for an image that is not there: %i", async (getImage, status) => {
    const { request, requestsOf } = await platform({ getImage });
    expect((await request("POST", "/build-image?name=x")).status).toBe(status);
    expect(requestsOf("RunService/CreateRun")).toEqual([]);
  });

  it("is 501 on a platform without a builder, before anything is uploaded", async () => {
    const { request, specs } = await platform({ builder: false });
    expect((await request("POST", "/build-image?name=x")).status).toBe(501);
    expect(specs()).toEqual([]);
  });

  it("tries a store again that is busy, and says nothing of its signed address when it fails", async () => {
    const busy = await platform({ statuses: [503, 429] });
    expect((await busy.request("POST", "/build-image?name=x")).status).toBe(200);
    expect(busy.specs()).toHaveLength(3);
    for (const broken of [{ statuses: [403] }, { storeUrl: "http://169.254.169.254" }, { storeUrl: "file://" }]) {
      const { request, requestsOf } = await platform(broken);
      const response = await request("POST", "/build-image?name=x");
      expect(response.status).toBe(502);
      expect(await response.text()).not.toMatch(/sig=|169\.254/);
      expect(requestsOf("RunService/CreateRun")).toEqual([]);
    }
  });
});
