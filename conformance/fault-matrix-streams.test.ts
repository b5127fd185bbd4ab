/**
 * The endpoints that watch (`wait=true` of an app) against everything that can go wrong with a stream, over real sockets:
 * each Connect code at its end and each fault on the wire. A watch that breaks off is begun again until the wait is over;
 * what the plane refuses is told. The answer is always JSON and in time, and the app is changed once.
 */
import { CONNECT_CODES, ERROR_STATUS } from "@flyte-webhook/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StubControlPlane, startStubControlPlane } from "../golden/http/stub-control-plane.ts";
import { readTls } from "../golden/http/tls.ts";
import { STREAM_FAULTS, type StreamFault } from "./faults/fault.ts";
import { type Fault, type FaultyPlane, SECRET, startFaultyPlane } from "./faults/faulty-plane.ts";
import { SCOPE, WORLD } from "./faults/world.ts";
import { startWebhook, type Webhook } from "./webhook.ts";

const WAIT_MS = 1_500;
/** Milliseconds beyond the wait that an answer may take on a busy machine. */
const SLACK_MS = 4_000;

/** App, whose state no read changes, and the verb that waits for another state. */
const REQUESTS = [
  ["activate", "/app/stopped/activate?wait=true"],
  ["deactivate", "/app/helper/deactivate?wait=true"],
] as const;

/** Ends of a watch after which it is begun again: the app may come to the state yet. */
const BEGUN_AGAIN: ReadonlySet<string> = new Set(["unavailable", "unimplemented", "canceled", "aborted"]);

/** 504: the wait is over. 502: what came is not Connect. */
const STREAM_STATUS: Readonly<Record<StreamFault, number>> = {
  "reset before headers": 504,
  "reset mid-body": 504,
  "reset mid-stream": 504,
  hang: 504,
  "hang mid-stream": 504,
  "end without end": 504,
  "garbage bytes": 502,
  // Its first bytes announce a message that is larger than any that is read.
  "10 MB of noise": 502,
  "10 MB answer": 504,
  "wrong content type": 502,
};

let stub: StubControlPlane;
let plane: FaultyPlane;
let webhook: Webhook;
let tokens = 0;

beforeAll(async () => {
  stub = await startStubControlPlane(readTls());
  // A watch whose states are those that the app is not to have.
  const state = (name: string, deploymentStatus: string) => ({
    when: { appId: { name } },
    stream: [
      {
        updateEvent: {
          updatedApp: { metadata: { id: { ...SCOPE, name } }, status: { conditions: [{ deploymentStatus }] } },
        },
      },
    ],
  });
  const watch = [state("stopped", "DEPLOYMENT_STATUS_PENDING"), state("helper", "DEPLOYMENT_STATUS_ACTIVE")];
  stub.setWorld({ ...WORLD, "AppService/Watch": watch as never }, (value) => value);
  plane = await startFaultyPlane(stub.plain);
  webhook = await startWebhook(
    { controlPlane: `http://${plane.host}`, ...SCOPE },
    { org: "acme", limits: { waitMs: WAIT_MS, callMs: 20_000, requestMs: 20_000 } },
  );
});

afterAll(async () => {
  await webhook?.close();
  for (const one of [plane, stub]) one?.close();
});

async function problemsOf(path: string, fault: Fault, expected: number): Promise<string[]> {
  const token = `caller-${tokens++}`;
  plane.setFault(token, "AppService/Watch", fault);
  const before = performance.now();
  const { status, headers, body } = await webhook.call(`POST ${path}`, undefined, { authorization: `Bearer ${token}` });
  const ms = performance.now() - before;
  const calls = plane.callsOf(token);
  const problems: string[] = [];
  if (status !== expected) problems.push(`is ${status} ${JSON.stringify(body)}, not ${expected}`);
  if (ms > WAIT_MS + SLACK_MS) problems.push(`took ${Math.round(ms)} ms`);
  if (headers.get("content-type") !== "application/json" || !body.detail || !body.code)
    problems.push("is no whole error");
  if (JSON.stringify(body).includes(SECRET) && (status >= 500 || status === 401))
    problems.push("tells what the plane said");
  if (calls.filter((call) => call === "AppService/Update").length !== 1) problems.push(`calls ${calls}`);
  if (!calls.includes("AppService/Watch")) problems.push("does not watch");
  // Begun again, but not in a busy loop.
  if (calls.length > 30) problems.push(`makes ${calls.length} calls`);
  return problems.map((problem) => `${"code" in fault ? fault.code : JSON.stringify(fault)}: ${problem}`);
}

describe.each(REQUESTS)("%s with wait", (_, path) => {
  it("each Connect code at the end of the stream", async () => {
    const checks = CONNECT_CODES.map((code) =>
      problemsOf(path, { code }, BEGUN_AGAIN.has(code) ? ERROR_STATUS.deadline_exceeded : ERROR_STATUS[code]),
    );
    expect((await Promise.all(checks)).flat()).toEqual([]);
  });

  it("each fault on the wire", async () => {
    const checks = STREAM_FAULTS.map((stream) => problemsOf(path, { stream }, STREAM_STATUS[stream]));
    expect((await Promise.all(checks)).flat()).toEqual([]);
  });
});
