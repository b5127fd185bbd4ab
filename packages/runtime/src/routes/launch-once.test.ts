import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { RunDetailsSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { type CreateRunRequest, RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import { describe, expect, it } from "vitest";
import { recordedWebhook } from "../testing/recorded-webhook.ts";

interface Plane {
  /** Runs by name; replicas share a plane by sharing these. */
  readonly runs?: Map<string, CreateRunRequest>;
  /** What is said of a name that is taken: the open-source plane answers with the run that has it. */
  readonly taken?: "already_exists" | "the run";
  readonly tellsSpec?: boolean;
  readonly failing?: { times: number };
}

function webhook({ runs = new Map(), taken = "already_exists", tellsSpec = true, failing = { times: 0 } }: Plane = {}) {
  let generated = 0;
  return recordedWebhook(({ service }) => {
    service(TaskService, {
      listTasks: () => ({ tasks: [{ taskId: { name: "env.add", version: "v9" } }] }),
      getTaskDetails: ({ taskId }) => ({
        details: {
          ...(taskId && { taskId }),
          spec: {
            taskTemplate: {
              interface: {
                inputs: {
                  variables: [
                    { key: "x", value: { type: { type: { case: "simple" as const, value: SimpleType.INTEGER } } } },
                  ],
                },
              },
            },
          },
        },
      }),
    });
    service(DataProxyService, { uploadInputs: () => ({ offloadedInputData: { uri: "s3://b/inputs.pb" } }) });
    service(RunService, {
      createRun: (request) => {
        if (failing.times-- > 0) throw new ConnectError("busy", Code.Unavailable);
        const name = request.id.case === "runId" ? request.id.value.name : `r${++generated}`;
        if (runs.has(name) && taken === "already_exists") throw new ConnectError("taken", Code.AlreadyExists);
        if (!runs.has(name)) runs.set(name, request);
        return {
          run: { action: { id: { run: { project: "p", domain: "d", name } }, status: { phase: ActionPhase.QUEUED } } },
        };
      },
      getRunDetails: ({ runId }) => {
        const request = runs.get(runId?.name ?? "");
        if (!request) throw new ConnectError("no such run", Code.NotFound);
        return {
          details: create(RunDetailsSchema, {
            ...(tellsSpec && request.runSpec && { runSpec: request.runSpec }),
            action: {
              id: { run: { project: "p", domain: "d", name: runId?.name ?? "" } },
              status: { phase: ActionPhase.RUNNING },
              metadata: { spec: { case: "task", value: { id: { name: "env.add", version: "v9" } } } },
            },
          }),
        };
      },
    });
  });
}

// biome-ignore lint/suspicious/noExplicitAny: each test asserts the shape of its own answer.
const bodyOf = async (answer: Response): Promise<any> => answer.json();

const PATH = "/run-task/d/p/env.add";
const run = (one: ReturnType<typeof webhook>, key: string | undefined, json: unknown = { x: 5 }, path = PATH) =>
  one.request("POST", path, { json, headers: key === undefined ? {} : { "idempotency-key": key } });

describe("run_task with an Idempotency-Key", () => {
  it("answers the same request again with the run of the first", async () => {
    const runs = new Map();
    const one = webhook({ runs });
    const first = await run(one, "k-1");
    const name = (await bodyOf(first)).name;
    expect(name).toMatch(/^r[0-9a-f]{27}$/);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    const again = await run(one, "k-1");
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ name, project: "p", domain: "d", version: "v9", phase: "running" });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.headers.get("location")).toBe(`/run/${name}`);
    expect(one.requestsOf("RunService/CreateRun")).toHaveLength(1);
    expect(runs.size).toBe(1);
  });

  it.each(["already_exists", "the run"] as const)(
    "makes one run of many requests at once, on many replicas, of a plane that answers a taken name with %s",
    async (taken) => {
      const runs = new Map();
      const replicas = [webhook({ runs, taken }), webhook({ runs, taken }), webhook({ runs, taken })];
      const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => run(replicas[i % 3] as never, "k-1")));
      expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(200));
      expect(new Set(await Promise.all(answers.map(async (answer) => (await bodyOf(answer)).name))).size).toBe(1);
      expect(runs.size).toBe(1);
    },
  );

  it.each([
    ["other inputs", { x: 6 }, PATH],
    ["another version", { x: 5 }, `${PATH}?version=v8`],
    ["another task", { x: 5 }, "/run-task/d/p/env.other"],
  ])("refuses %s under the same key, here and on another replica", async (_, json, path) => {
    const runs = new Map();
    const one = webhook({ runs });
    expect((await run(one, "k-1")).status).toBe(200);
    for (const replica of [one, webhook({ runs }), webhook({ runs, taken: "the run" })]) {
      const answer = await run(replica, "k-1", json, path);
      expect(answer.status).toBe(422);
      expect((await bodyOf(answer)).detail[0]).toMatchObject({
        type: "idempotency_key_reused",
        loc: ["header", "Idempotency-Key"],
      });
    }
    expect(runs.size).toBe(1);
  });

  it("refuses other inputs on a plane that does not tell a run's annotations, in the process that launched it", async () => {
    const one = webhook({ tellsSpec: false });
    const { name } = await bodyOf(await run(one, "k-1"));
    expect((await run(one, "k-1", { x: 6 })).status).toBe(422);
    expect((await bodyOf(await run(one, "k-1"))).name).toBe(name);
  });

  it("does not hold a key for a request that failed", async () => {
    const one = webhook({ failing: { times: 1 } });
    expect((await run(one, "k-1", { x: "five" })).status).toBe(422);
    expect((await run(one, "k-1")).status).toBe(503);
    expect((await run(one, "k-1", { x: 6 })).status).toBe(200);
  });

  it("makes a run for each request without one, and for each key", async () => {
    const runs = new Map();
    const one = webhook({ runs });
    for (const key of [undefined, undefined, "k-1", "k-2"]) expect((await run(one, key)).status).toBe(200);
    expect(runs.size).toBe(4);
    expect(one.requestsOf("RunService/GetRunDetails")).toHaveLength(2);
  });

  it.each(["", "x".repeat(256), "caf\u00e9"])("refuses the key %j before anything is asked", async (key) => {
    const one = webhook();
    const answer = await run(one, key);
    expect(answer.status).toBe(422);
    expect((await bodyOf(answer)).detail[0].loc).toEqual(["header", "Idempotency-Key"]);
    expect(one.calls).toEqual([]);
  });
});
