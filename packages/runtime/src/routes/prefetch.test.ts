import { gunzipSync } from "node:zlib";
import { toJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import {
  DataProxyService,
  type UploadInputsRequest,
  UploadInputsRequestSchema,
} from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import {
  type CreateRunRequest,
  CreateRunRequestSchema,
  RunService,
} from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import { afterEach, describe, expect, it } from "vitest";
import { PREFETCH_TASK } from "../prefetch/task-name.ts";
import { recordedWebhook } from "../testing/recorded-webhook.ts";
import { startTarget, type Target } from "../testing/target.ts";

const stores: Target[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

/** What the tests read of a sent message, in protobuf's JSON. */
interface Upload {
  readonly taskSpec: object;
  readonly inputs: {
    readonly literals: [info: { value: { scalar: { primitive: { stringValue: string } } } }, path: object];
  };
}
interface Creation {
  readonly runSpec: object;
  readonly taskSpec: { readonly taskTemplate: { readonly metadata: { readonly discoveryVersion: string } } };
}

/** A plane with a store and two runs, both in `phase`: `pre`, a prefetch, and `other`. */
async function plane({ spec = {}, phase = ActionPhase.RUNNING, storeStatus = 200 } = {}) {
  const uploads: Buffer[] = [];
  const store = await startTarget(
    () => {},
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        uploads.push(Buffer.concat(chunks));
        response.writeHead(storeStatus).end();
      });
      return true;
    },
  );
  stores.push(store);
  const webhook = recordedWebhook(
    ({ service }) => {
      service(DataProxyService, {
        createUploadLocation: ({ filename }) => ({
          signedUrl: `http://${store.host}/upload/${filename}`,
          nativeUrl: `s3://b/${filename}`,
        }),
        uploadInputs: () => ({ offloadedInputData: { uri: "s3://b/inputs" } }),
        getActionData: () => ({
          inputs: {
            literals: [
              {
                name: "info",
                value: {
                  value: {
                    case: "scalar",
                    value: { value: { case: "primitive", value: { value: { case: "stringValue", value: "{}" } } } },
                  },
                },
              },
            ],
          },
        }),
      });
      service(RunService, {
        createRun: () => ({
          run: {
            action: {
              id: { run: { project: "p", domain: "d", name: "pre" } },
              status: { phase: ActionPhase.QUEUED },
            },
          },
        }),
        getRunDetails: ({ runId }) => {
          if (runId?.name !== "pre" && runId?.name !== "other") throw new ConnectError("no such run", Code.NotFound);
          const name = runId.name === "pre" ? PREFETCH_TASK : "env.add";
          return {
            details: {
              action: {
                id: { run: runId, name: "a0" },
                metadata: { spec: { case: "task", value: { id: { project: "p", domain: "d", name, version: "v" } } } },
                status: { phase },
              },
            },
          };
        },
        abortRun: () => ({}),
      });
    },
    { spec },
  );
  const sent = () => {
    const [upload] = webhook.requestsOf("DataProxyService/UploadInputs") as UploadInputsRequest[];
    const [run] = webhook.requestsOf("RunService/CreateRun") as CreateRunRequest[];
    return {
      upload: toJson(UploadInputsRequestSchema, upload as UploadInputsRequest) as unknown as Upload,
      run: toJson(CreateRunRequestSchema, run as CreateRunRequest) as unknown as Creation,
    };
  };
  return { ...webhook, uploads, sent };
}

describe("prefetch_hf_model", () => {
  it("uploads the code and runs it in the webhook's project, with Python's inputs and label", async () => {
    const { request, sent, uploads, calls } = await plane();
    const response = await request("POST", "/prefetch/hf-model?repo=meta-llama/Llama-2.1-7b&cpu=500m&force=2", {
      json: { memory: "1Gi", architecture: "Llama", modality: ["image"] },
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      name: "pre",
      url: "http://localhost:8080/v2/domain/d/project/p/runs/pre",
      phase: "queued",
      done: false,
    });
    expect(gunzipSync(uploads[0] as Buffer).toString()).toMatch(
      /^flyte_webhook_prefetch\.py\0.*def store_hf_model_task/s,
    );
    const { upload, run } = sent();
    expect(JSON.parse(upload.inputs.literals[0].value.scalar.primitive.stringValue)).toEqual({
      repo: "meta-llama/Llama-2.1-7b",
      artifact_name: null,
      architecture: "Llama",
      task: "auto",
      modality: ["image"],
      serial_format: null,
      model_type: null,
      short_description: null,
      shard_config: null,
    });
    expect(upload.inputs.literals[1]).toMatchObject({
      name: "raw_data_path",
      value: { scalar: { union: { value: { scalar: { noneType: {} } }, type: { structure: { tag: "none" } } } } },
    });
    expect(upload.taskSpec).toEqual(run.taskSpec);
    expect(run).toMatchObject({
      projectId: { organization: "acme", domain: "d", name: "p" },
      runSpec: { labels: { values: { model: "Llama-2-1-7b" } } },
      taskSpec: {
        shortName: "store_hf_model_task",
        environment: { name: "prefetch-hf-model" },
        taskTemplate: {
          id: { resourceType: "TASK", org: "acme", project: "p", domain: "d", name: PREFETCH_TASK },
          type: "python",
          metadata: { discoverable: true, runtime: { type: "FLYTE_SDK", flavor: "python" } },
          container: {
            image: "ghcr.io/flyteorg/flyte:py3.12-v2.12.1",
            args: expect.arrayContaining(["a0", "--tgz", "s3://b/code_bundle.tar.gz", "{{.input}}"]),
            resources: {
              requests: [
                { name: "CPU", value: "500m" },
                { name: "MEMORY", value: "1Gi" },
                { name: "EPHEMERAL_STORAGE", value: "50Gi" },
              ],
            },
          },
          securityContext: { secrets: [{ key: "HF_TOKEN", envVar: "HF_TOKEN", mountRequirement: "ENV_VAR" }] },
        },
      },
    });
    expect(run.runSpec).not.toHaveProperty("envs");
    expect(calls.every((call) => call.caller?.authorization === "Bearer t")).toBe(true);
  });

  it("takes a bare list for the modalities, an empty one for none", async () => {
    for (const [json, modality] of [
      [
        ["text", "image"],
        ["text", "image"],
      ],
      [[], ["text"]],
    ]) {
      const { request, sent } = await plane();
      expect((await request("POST", "/prefetch/hf-model?repo=a/b", { json })).status).toBe(200);
      expect(JSON.parse(sent().upload.inputs.literals[0].value.scalar.primitive.stringValue)).toMatchObject({
        modality,
      });
    }
  });

  it("fetches again for another force, and only then", async () => {
    const version = async (query: string) => {
      const { request, sent } = await plane();
      await request("POST", `/prefetch/hf-model?repo=a/b${query}`);
      return sent().run.taskSpec.taskTemplate.metadata.discoveryVersion;
    };
    const first = await version("");
    expect(await version("&cpu=4")).toBe(first);
    expect(await version("&force=1")).not.toBe(first);
    expect(await version("&force=2")).not.toBe(await version("&force=1"));
  });

  it("mounts no secret for an empty key, and only those of the list for others", async () => {
    const anonymous = await plane();
    expect((await anonymous.request("POST", "/prefetch/hf-model?repo=a/b&hf_token_key=")).status).toBe(200);
    expect(anonymous.sent().run.taskSpec.taskTemplate).not.toHaveProperty("securityContext");
    const closed = await plane();
    expect((await closed.request("POST", "/prefetch/hf-model?repo=a/b&hf_token_key=DB")).status).toBe(403);
    expect(closed.calls).toEqual([]);
    const open = await plane({ spec: { hfTokenKeys: ["TEAM_TOKEN"] } });
    expect((await open.request("POST", "/prefetch/hf-model?repo=a/b&hf_token_key=TEAM_TOKEN")).status).toBe(200);
    expect((await open.request("POST", "/prefetch/hf-model?repo=a/b")).status).toBe(403);
  });

  it.each([
    ["", "repo"],
    ["?repo=a/b/c", "repo"],
    ["?repo=../etc", "repo"],
    ["?repo=a/b%20c", "repo"],
    ["?repo=https://evil.example/x", "repo"],
    ["?repo=a/b&artifact_name=a.b", "artifact_name"],
    ["?repo=a/b&cpu=lots", "cpu"],
    ["?repo=a/b&memory=-1Gi", "memory"],
    ["?repo=a/b&disk=5gb", "disk"],
    ["?repo=a/b&force=x", "force"],
  ])("refuses %s with 422 before any call", async (query, key) => {
    const { request, calls } = await plane();
    const response = await request("POST", `/prefetch/hf-model${query}`);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ detail: [{ loc: ["query", key] }] });
    expect(calls).toEqual([]);
  });

  it("creates no run when the store refuses the code", async () => {
    const { request, requestsOf } = await plane({ storeStatus: 403 });
    expect((await request("POST", "/prefetch/hf-model?repo=a/b")).status).toBe(502);
    expect(requestsOf("RunService/CreateRun")).toEqual([]);
  });
});

describe("the endpoints of prefetch runs", () => {
  it("show a prefetch run as the run endpoints do, whatever tasks are allowed", async () => {
    const { request } = await plane({ spec: { taskAllowlist: [] } });
    expect(await (await request("GET", "/prefetch/hf-model/pre")).json()).toMatchObject({
      name: "pre",
      phase: "running",
      done: false,
      task: `d/p/${PREFETCH_TASK}`,
    });
    expect(await (await request("GET", "/prefetch/hf-model/pre/io")).json()).toEqual({
      name: "pre",
      phase: "running",
      inputs: { info: "{}" },
      outputs: null,
    });
  });

  it("abort one, unless it has ended", async () => {
    const running = await plane();
    const aborted = { name: "pre", status: "abort_requested", reason: "x" };
    expect(await (await running.request("POST", "/prefetch/hf-model/pre/abort?reason=x")).json()).toEqual(aborted);
    expect(running.requestsOf("RunService/AbortRun")).toMatchObject([{ runId: { name: "pre" }, reason: "x" }]);
    const ended = await plane({ phase: ActionPhase.SUCCEEDED });
    expect(await (await ended.request("POST", "/prefetch/hf-model/pre/abort?reason=x")).json()).toEqual({
      ...aborted,
      already_terminal: true,
    });
    expect(ended.requestsOf("RunService/AbortRun")).toEqual([]);
  });

  it.each([
    ["GET", ""],
    ["GET", "/io"],
    ["POST", "/abort"],
  ])("%s %s is 404 for a run of another task, and for none", async (method, path) => {
    const { request, requestsOf } = await plane();
    for (const name of ["other", "none"]) {
      expect((await request(method, `/prefetch/hf-model/${name}${path}`)).status).toBe(404);
    }
    expect(requestsOf("RunService/AbortRun")).toEqual([]);
    expect(requestsOf("DataProxyService/GetActionData")).toEqual([]);
  });
});
