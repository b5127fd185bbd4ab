/**
 * Every endpoint against everything a control plane can answer wrongly, over real sockets on both sides: each of the RPCs
 * it makes × each Connect code and each fault on the wire. The status is that of the one table, the body always JSON,
 * the answer there within the deadline, and nothing is written after a failure, or twice.
 */
import { CONNECT_CODES, ENDPOINT_IDS, type EndpointId, ERROR_STATUS, endpointDefinition } from "@flyte-webhook/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StubControlPlane, startStubControlPlane } from "../golden/http/stub-control-plane.ts";
import { readTls } from "../golden/http/tls.ts";
import { WIRE_FAULTS, type WireFault } from "./faults/fault.ts";
import { type Fault, type FaultyPlane, SECRET, startFaultyPlane, startFaultyTarget } from "./faults/faulty-plane.ts";
import { REQUESTS, SCOPE, WORLD } from "./faults/world.ts";
import { startWebhook, type Webhook } from "./webhook.ts";

/** Where nothing hangs there is time enough, however busy the machine is; what hangs is waited for no longer than this. */
const PATIENT = { callMs: 20_000, requestMs: 40_000 };
const HASTY = { callMs: 1_500, requestMs: 3_000 };
/** Milliseconds beyond its deadline that an answer may take on a busy machine. */
const SLACK_MS = 2_000;
const CONCURRENCY = 32;
/** A port of the system that no program takes. */
const NOWHERE = "http://127.0.0.1:1";

/** What a fault on the wire of the control plane is: it cannot be reached, does not answer, or does not speak Connect. */
const WIRE_STATUS: Readonly<Record<WireFault, number>> = {
  "reset before headers": 503,
  "reset mid-body": 503,
  hang: 504,
  "garbage bytes": 502,
  "10 MB of noise": 502,
  "10 MB answer": 200,
  "wrong content type": 502,
};

/** Where an RPC's error is no failure of the request, or another one. */
const OTHERWISE: Readonly<Record<string, number>> = {
  // A plane without the service serves its data itself.
  "ClusterService/SelectCluster unimplemented": 200,
  // The image is to be built.
  "ImageService/GetImage not_found": 200,
  // This platform builds no images.
  "build_image TaskService/ListTasks not_found": 501,
  "build_image TaskService/GetTaskDetails not_found": 501,
};

const WRITES: ReadonlySet<string> = new Set([
  "RunService/CreateRun",
  "RunService/AbortRun",
  "AppService/Update",
  "TriggerService/UpdateTriggers",
]);

let stub: StubControlPlane;
let plane: FaultyPlane;
let target: Awaited<ReturnType<typeof startFaultyTarget>>;
let patient: Webhook;
let hasty: Webhook;
let documented: Record<string, Record<string, { responses: object }>>;

beforeAll(async () => {
  target = await startFaultyTarget();
  stub = await startStubControlPlane(readTls());
  stub.setWorld(WORLD, (value) => JSON.parse(JSON.stringify(value).replaceAll("{{TARGET}}", target.host)));
  plane = await startFaultyPlane(stub.plain);
  const front = { controlPlane: `http://${plane.host}`, ...SCOPE };
  patient = await startWebhook(front, { org: "acme", limits: PATIENT });
  hasty = await startWebhook(front, { org: "acme", limits: HASTY });
  documented = (await patient.anonymous("GET /openapi.json")).body.paths;
});

afterAll(async () => {
  await Promise.all([patient?.close(), hasty?.close()]);
  for (const one of [plane, stub, target]) one?.close();
});

let tokens = 0;

/** Sends an endpoint's request as a caller of its own; what is wrong with the answer whatever it is. */
async function send(id: EndpointId, through: Webhook, fault?: { rpc: string; fault: Fault }) {
  const token = `caller-${tokens++}`;
  if (fault) plane.setFault(token, fault.rpc, fault.fault);
  const [method, path, body] = REQUESTS[id];
  const before = performance.now();
  const answer = await through.call(`${method} ${path}`, body, { authorization: `Bearer ${token}` });
  const ms = performance.now() - before;
  const problems: string[] = [];
  const limits = through === hasty ? HASTY : PATIENT;
  const allowed = limits.requestMs + (id === "call_app" ? 400 : 0) + SLACK_MS;
  if (ms > allowed) problems.push(`took ${Math.round(ms)} ms`);
  if (answer.headers.get("content-type") !== "application/json") problems.push("is not JSON");
  const definition = endpointDefinition(id);
  const { responses } = documented[definition.path]?.[definition.method.toLowerCase()] ?? { responses: {} };
  if (!(answer.status in responses)) problems.push(`answers ${answer.status}, which the document does not tell`);
  if (answer.status !== 200) {
    const { detail, code, request_id } = answer.body;
    if (!detail || !code || request_id !== answer.headers.get("x-request-id")) problems.push("is no whole error");
    const isServers = answer.status >= 500 || answer.status === 401;
    if (isServers && JSON.stringify(answer.body).includes(SECRET)) problems.push("tells what the plane told of itself");
  }
  return { ...answer, problems, calls: plane.callsOf(token) };
}

type UnaryFault = Exclude<Fault, { stream: unknown }>;

const hangs = (fault: UnaryFault): boolean => "wire" in fault && fault.wire === "hang";

async function checkFault(id: EndpointId, rpc: string, fault: UnaryFault): Promise<string[]> {
  const { status, calls, problems } = await send(id, hangs(fault) ? hasty : patient, { rpc, fault });
  const name = "code" in fault ? fault.code : fault.wire;
  const expected =
    OTHERWISE[`${id} ${rpc} ${name}`] ??
    OTHERWISE[`${rpc} ${name}`] ??
    ("code" in fault ? ERROR_STATUS[fault.code] : WIRE_STATUS[fault.wire]);
  if (status !== expected) problems.push(`is ${status}, not ${expected}`);
  const writes = calls.filter((call) => WRITES.has(call));
  if (new Set(writes).size < writes.length) problems.push(`writes twice: ${writes}`);
  if (status !== 200 && writes.some((write) => write !== rpc)) problems.push(`writes all the same: ${writes}`);
  if (calls.filter((call) => call === "DataProxyService/UploadInputs").length > 1)
    problems.push("uploads inputs twice");
  return problems.map((problem) => `${rpc} ${name}: ${problem}`);
}

/** All faults of a list of RPCs, some at a time; everything that is wrong. */
async function checkAll(id: EndpointId, rpcs: readonly string[]): Promise<string[]> {
  const faults: UnaryFault[] = [...CONNECT_CODES.map((code) => ({ code })), ...WIRE_FAULTS.map((wire) => ({ wire }))];
  const left = rpcs.flatMap((rpc) => faults.map((fault) => () => checkFault(id, rpc, fault)));
  const problems: string[] = [];
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (let next = left.pop(); next; next = left.pop()) problems.push(...(await next()));
    }),
  );
  return problems;
}

describe("a fault of the control plane", () => {
  it.concurrent.each(ENDPOINT_IDS)("%s", async (id) => {
    const { status, body, calls, problems } = await send(id, patient);
    expect({ status, problems }, JSON.stringify(body)).toEqual({ status: 200, problems: [] });
    const rpcs = [...new Set(calls)];
    expect(rpcs.length > 0).toBe(id !== "health");
    expect(await checkAll(id, rpcs)).toEqual([]);
  });
});

describe("a control plane that refuses connections", () => {
  it.concurrent.each(ENDPOINT_IDS)("%s", async (id) => {
    const nowhere = await startWebhook({ controlPlane: NOWHERE, ...SCOPE }, { limits: PATIENT });
    try {
      const { status, problems } = await send(id, nowhere);
      expect({ status, problems }).toEqual({ status: id === "health" ? 200 : 503, problems: [] });
    } finally {
      await nowhere.close();
    }
  });
});

/** What a fault of a called app, or of the store of uploads, makes of a request. */
const TARGETS = {
  call_app: {
    "reset before headers": 502,
    "reset mid-body": 502,
    hang: 504,
    "garbage bytes": 502,
    // Bytes that are no text.
    "10 MB of noise": 502,
    "10 MB answer": 200,
    // Any text is an answer.
    "wrong content type": 200,
  },
  // A store says nothing but its status.
  build_image: {
    "reset before headers": 503,
    "reset mid-body": 200,
    hang: 504,
    "garbage bytes": 503,
    "10 MB of noise": 200,
    "10 MB answer": 200,
    "wrong content type": 200,
  },
} as const satisfies Partial<Record<EndpointId, Record<WireFault, number>>>;

describe.each(["call_app", "build_image", "prefetch_hf_model"] as const)("a fault of what %s calls", (id) => {
  const statuses = TARGETS[id === "call_app" ? id : "build_image"];

  it.each(WIRE_FAULTS)("%s", async (fault) => {
    target.fault = fault;
    try {
      const { status, problems, calls } = await send(id, hangs({ wire: fault }) ? hasty : patient);
      expect({ status, problems }).toEqual({ status: statuses[fault], problems: [] });
      const runs = calls.filter((call) => call === "RunService/CreateRun").length;
      expect(runs).toBe(id !== "call_app" && status === 200 ? 1 : 0);
    } finally {
      target.fault = undefined;
    }
  });
});
