/** A control plane that costs next to nothing: it gives each call of a method the same recorded answer. */
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type DescMethodUnary, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { ClusterService } from "@flyte-webhook/idl/flyteidl2/cluster/service";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";

const scope = { project: "flytesnacks", domain: "development" };
export const TASK = { ...scope, name: "env.add", version: "v1" };
const [start, end] = ["2026-11-23T23:06:02.206336677Z", "2026-11-23T23:06:03.317200658Z"];

export const RUN = { ...scope, name: "rzws6nwdc6mjv77578jc" };

const variable = (key: string, simple: string) => ({ key, value: { type: { simple } } });
const TASK_SPEC: JsonValue = {
  taskTemplate: {
    id: { resourceType: "TASK", ...TASK },
    type: "python",
    metadata: { runtime: { type: "FLYTE_SDK", version: "2.4.0" } },
    interface: { inputs: { variables: [variable("x", "INTEGER"), variable("y", "STRING")] } },
  },
  shortName: "add",
  environment: { name: "env" },
};

/** A run that has succeeded, as the open-source control plane describes one (recorded). */
const RUN_DETAILS: JsonValue = {
  details: {
    runSpec: {
      rawDataStorage: { rawDataPrefix: "s3://flyte-data/raw" },
    },
    action: {
      id: { run: RUN, name: "a0" },
      metadata: {
        task: { id: TASK, taskType: "python", shortName: "add" },
        actionType: "ACTION_TYPE_TASK",
        environmentName: "env",
        funtionName: "env.add",
        source: "RUN_SOURCE_WEB",
      },
      status: { phase: "ACTION_PHASE_SUCCEEDED", startTime: start, endTime: end, attempts: 1, durationMs: "2464" },
      task: TASK_SPEC,
      attempts: [
        {
          phase: "ACTION_PHASE_SUCCEEDED",
          startTime: start,
          endTime: end,
          attempt: 1,
          outputs: {
            outputUri: "s3://flyte-data/metadata/flytesnacks/development/rzws6nwdc6mjv77578jc/a0/1/outputs.pb",
            reportUri: "s3://flyte-data/metadata/flytesnacks/development/rzws6nwdc6mjv77578jc/a0/1/report.html",
          },
          phaseTransitions: [
            { phase: "ACTION_PHASE_RUNNING", startTime: start, endTime: end },
            { phase: "ACTION_PHASE_SUCCEEDED", startTime: end, endTime: end },
          ],
        },
      ],
    },
  },
};

const answerTo = (method: DescMethodUnary, answer: JsonValue): [string, Uint8Array] => [
  `/${method.parent.typeName}/${method.name}`,
  toBinary(method.output, fromJson(method.output, answer)),
];

const ANSWERS = new Map([
  answerTo(RunService.method.getRunDetails, RUN_DETAILS),
  answerTo(ClusterService.method.selectCluster, {}),
  answerTo(TaskService.method.listTasks, { tasks: [{ taskId: TASK, metadata: { shortName: "add" } }] }),
  answerTo(TaskService.method.getTaskDetails, { details: { taskId: TASK, spec: TASK_SPEC } }),
  answerTo(DataProxyService.method.uploadInputs, {
    offloadedInputData: { uri: "s3://flyte-data/uploads/flytesnacks/development/inputs.pb", inputsHash: "bm9uZQ" },
  }),
  answerTo(RunService.method.createRun, {
    run: { action: { id: { run: RUN, name: "a0" }, status: { phase: "ACTION_PHASE_QUEUED", attempts: 1 } } },
  }),
]);

/** One call as it was made: what a proxy written by hand sends too. */
export interface Call {
  readonly path: string;
  /** Base64. */
  readonly body: string;
}

export interface ControlPlane {
  readonly origin: string;
  /** The calls that `during` makes. */
  record(during: () => Promise<unknown>): Promise<Call[]>;
  close(): void;
}

/** The throw-away authority of the golden data; its certificate is for localhost. */
const TLS = new URL("../golden/http/tls/", import.meta.url);
export const CA_FILE = fileURLToPath(new URL("ca.pem", TLS));

export interface ControlPlaneOptions {
  /** Behind TLS, with a certificate of {@link CA_FILE}. Default false. */
  readonly tls?: boolean;
  /** The one app it has, an active one. Default: none. */
  readonly app?: { readonly name: string; readonly publicUrl: string };
}

const appAt = ({ name, publicUrl }: NonNullable<ControlPlaneOptions["app"]>): JsonValue => ({
  metadata: { id: { ...scope, name } },
  status: { ingress: { publicUrl }, conditions: [{ deploymentStatus: "DEPLOYMENT_STATUS_ACTIVE" }] },
});

export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { tls = false, app } = options;
  const answers = new Map(app ? [...ANSWERS, answerTo(AppService.method.get, { app: appAt(app) })] : ANSWERS);
  let recorded: Call[] | undefined;
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? "";
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => recorded && chunks.push(chunk));
    request.on("end", () => {
      recorded?.push({ path, body: Buffer.concat(chunks).toString("base64") });
      const answer = answers.get(path);
      const headers = { "content-type": "application/proto", "content-length": answer?.length ?? 0 };
      response.writeHead(answer ? 200 : 404, headers);
      response.end(answer);
    });
  };
  const pem = (name: string) => readFileSync(new URL(name, TLS));
  const server = tls
    ? createTlsServer({ key: pem("server.key"), cert: pem("server.pem") }, listener)
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    origin: `${tls ? "https" : "http"}://localhost:${(server.address() as AddressInfo).port}`,
    async record(during) {
      recorded = [];
      await during();
      const calls = recorded;
      recorded = undefined;
      return calls;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
