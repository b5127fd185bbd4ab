/** A control plane in memory for fuzzing: good answers, or the error that the caller's token names. */
import { fromJson, type JsonValue, type Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { callerKey } from "@flyte-webhook/client/caller";
import { CONNECT_CODES, type ConnectCodeName } from "@flyte-webhook/core";
import fc, { type Arbitrary } from "fast-check";

/**
 * What a token (`Bearer ok`, `Bearer not_found`, …) makes of every call. Mostly good, and seldom `unavailable`: reads are
 * repeated then, after pauses that would be most of the time.
 */
export const outcome: Arbitrary<string> = fc.oneof(
  { weight: 300, arbitrary: fc.constant("ok") },
  { weight: 100, arbitrary: fc.constantFrom(...CONNECT_CODES.filter((code) => code !== "unavailable")) },
  { weight: 1, arbitrary: fc.constant("unavailable") },
);

const simple = (name: string) => ({ simple: name });
const INTERFACE = {
  inputs: {
    variables: Object.entries({
      x: simple("INTEGER"),
      f: simple("FLOAT"),
      s: simple("STRING"),
      t: simple("DATETIME"),
      d: simple("DURATION"),
      l: { collectionType: simple("INTEGER") },
      m: { mapValueType: simple("FLOAT") },
      j: {
        simple: "STRUCT",
        metadata: {
          type: "object",
          properties: { a: { type: "integer" }, b: { type: "array", items: { $ref: "#" } } },
          required: ["a"],
        },
        structure: { tag: "Pydantic Transformer" },
      },
      u: {
        unionType: {
          variants: [
            { simple: "INTEGER", structure: { tag: "int" } },
            { simple: "STRING", structure: { tag: "str" } },
          ],
        },
      },
      e: { enumType: { values: ["red", "green"] } },
      b: { blob: {} },
      ds: { structuredDatasetType: { format: "parquet" } },
      any: { unionType: { variants: [{ blob: { format: "PythonPickle" } }, { simple: "BINARY" }] } },
    }).map(([key, type]) => ({ key, value: { type } })),
  },
  outputs: { variables: [{ key: "o0", value: { type: simple("INTEGER") } }] },
};

const scope = { project: "p", domain: "d" };
const TASK = { ...scope, name: "env.add", version: "v1" };
const RUN = { ...scope, name: "r1" };

const replies = (host: string): Readonly<Record<string, JsonValue>> => ({
  "IdentityService/UserInfo": { subject: "s", name: "n" },
  "ClusterService/SelectCluster": {},
  "TaskService/ListTasks": { tasks: [{ taskId: TASK }] },
  "TaskService/GetTaskDetails": {
    details: {
      taskId: TASK,
      spec: {
        taskTemplate: { id: { resourceType: "TASK", ...TASK }, type: "python", interface: INTERFACE as never },
        // Only x is required, so that small bodies get through.
        defaultInputs: INTERFACE.inputs.variables.slice(1).map(({ key, value }) => ({
          name: key,
          parameter: { var: { type: value.type as never }, default: { scalar: { noneType: {} } } },
        })),
      },
    },
  },
  "DataProxyService/UploadInputs": { offloadedInputData: { uri: "s3://b/i", inputsHash: "aGFzaA==" } },
  "DataProxyService/CreateUploadLocation": { signedUrl: `http://${host}/upload`, nativeUrl: "s3://b/u" },
  "DataProxyService/GetActionData": {
    inputs: { literals: [{ name: "x", value: { scalar: { primitive: { integer: "5" } } } }] },
  },
  "RunService/CreateRun": { run: { action: { id: { run: RUN, name: "a0" } } } },
  "RunService/AbortRun": {},
  "RunService/GetRunDetails": {
    details: {
      action: {
        id: { run: RUN, name: "a0" },
        metadata: { task: { id: TASK } },
        status: { phase: "ACTION_PHASE_RUNNING" },
      },
    },
  },
  "AppService/Get": app(host),
  "AppService/Update": app(host),
  "TriggerService/GetTriggerDetails": {
    trigger: {
      id: { name: { ...scope, name: "nightly", taskName: "env.add" }, revision: "5" },
      spec: { active: false },
    },
  },
  "TriggerService/UpdateTriggers": {},
  "ImageService/GetImage": { image: { fqin: "images.test/i:t" } },
});

const app = (host: string): JsonValue => ({
  app: {
    metadata: { id: { ...scope, name: "helper" }, revision: "3" },
    spec: { desiredState: "DESIRED_STATE_ACTIVE" },
    status: {
      ingress: { publicUrl: `http://${host}/base` },
      conditions: [{ deploymentStatus: "DEPLOYMENT_STATUS_ACTIVE" }],
    },
  },
});

/** The plane as a transport; apps and the store are at `host`. */
export function fuzzPlane(host: string): Transport {
  const table = replies(host);
  const made = new Map<string, Message>();
  return {
    async unary(method, _signal, _timeoutMs, _header, _input, values) {
      const outcome = (values?.get(callerKey)?.authorization ?? "").replace("Bearer ", "");
      const code = CONNECT_CODES.indexOf(outcome as ConnectCodeName);
      if (code >= 0) throw new ConnectError("the plane says so", code + 1);
      const rpc = `${method.parent.typeName.split(".").at(-1)}/${method.name}`;
      const reply = table[rpc];
      if (reply === undefined) throw new ConnectError(`${rpc} is not here`, Code.Unimplemented);
      const message = made.get(rpc) ?? fromJson(method.output, reply);
      made.set(rpc, message);
      const headers = { header: new Headers(), trailer: new Headers() };
      return { stream: false, service: method.parent, method, message: message as never, ...headers };
    },
    stream: async () => {
      throw new ConnectError("no streams here", Code.Unimplemented);
    },
  };
}
