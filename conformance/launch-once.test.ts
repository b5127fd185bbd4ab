/** `Idempotency-Key` through real webhooks in front of a devbox: many requests, many replicas, one run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Devbox, startDevbox } from "@flyte-webhook/devbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploySleepTask, type PlaneOptions, SLEEP_TASK, startWebhook, type Webhook } from "./webhook.ts";

const SCOPE = { project: "flytesnacks", domain: "development" };
const PATH = `POST /run-task/${SCOPE.domain}/${SCOPE.project}/${SLEEP_TASK}`;

let dir: string;
let devbox: Devbox;
let replicas: Webhook[];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "launch-once-"));
  devbox = await startDevbox({ dir, port: 0 });
  const plane: PlaneOptions = { controlPlane: devbox.endpoint, apiKey: devbox.apiKey, ...SCOPE };
  await deploySleepTask(plane);
  replicas = await Promise.all([startWebhook(plane), startWebhook(plane), startWebhook(plane)]);
});

afterAll(async () => {
  await Promise.all((replicas ?? []).map((replica) => replica.close()));
  await devbox?.close();
  rmSync(dir, { recursive: true, force: true });
});

const launch = (replica: number, key: string, seconds: number) =>
  (replicas[replica % replicas.length] as Webhook).call(PATH, { duration: seconds }, { "idempotency-key": key });

test("many requests at once with one key make one run, which all of them are told", async () => {
  const answers = await Promise.all(Array.from({ length: 24 }, (_, index) => launch(index, "order-1", 0)));
  expect(answers.map(({ status, body }) => (status === 200 ? body.name : JSON.stringify(body)))).toEqual(
    Array(24).fill(answers[0]?.body.name),
  );
  expect((await (replicas[0] as Webhook).call(`GET /run/${answers[0]?.body.name}`)).status).toBe(200);
});

test("the key with other inputs is 422 on every replica, and a new key makes a new run", async () => {
  const first = await launch(0, "order-2", 0);
  expect(first.status).toBe(200);
  for (const replica of replicas.keys()) {
    const { status, body } = await launch(replica, "order-2", 1);
    expect({ status, type: body.detail[0].type }).toEqual({ status: 422, type: "idempotency_key_reused" });
    expect((await launch(replica, "order-2", 0)).body.name).toBe(first.body.name);
  }
  const other = await launch(0, "order-3", 0);
  expect(other.status).toBe(200);
  expect(other.body.name).not.toBe(first.body.name);
});
