/** Fuzzing of the whole webhook in memory: bodies, paths, queries and headers that nobody should send. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createConnection } from "@flyte-webhook/client/connection";
import { ENDPOINT_IDS, WEBHOOK_SPEC_VERSION } from "@flyte-webhook/core";
import { createWebhookApp } from "@flyte-webhook/runtime";
import fc from "fast-check";
import { sendAndCheck } from "./fuzz/check.ts";
import { fuzzPlane } from "./fuzz/plane.ts";
import { fuzzRequest } from "./fuzz/requests.ts";

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** Milliseconds after which no further case is made. Default: none. */
  readonly timeLimitMs?: number;
  /** Told how far it is, every so many cases. */
  readonly onProgress?: (done: number) => void;
}

export interface FuzzResult {
  /** What is wrong with the answer to which request; absent when nothing is. */
  readonly problem?: string;
  readonly cases: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Bytes that are still in use more than after the first tenth of the cases. */
  readonly grownBytes: number;
}

/** Growth of the heap that is no leak. */
export const MAX_GROWTH_BYTES = 32 * 1024 * 1024;

/** Requests in work at once, so that their order is as mixed as they are. */
const BATCH = 64;

const APP_HOST = "app.test";

export async function fuzz({ cases, seed, timeLimitMs, onProgress }: FuzzOptions): Promise<FuzzResult> {
  const strayed: string[] = [];
  const target = createServer((request, response) => {
    request.resume();
    const path = request.url ?? "";
    if (!/^\/(base(\/|$|\?)|upload$)/.test(path) || path.includes("..")) strayed.push(path);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const host = `${APP_HOST}:${(target.address() as AddressInfo).port}`;
  const scope = { project: "p", domain: "d" };
  const bugs: string[] = [];
  const app = createWebhookApp(
    {
      version: WEBHOOK_SPEC_VERSION,
      name: "hook",
      title: "Hook",
      description: "",
      endpoints: [...ENDPOINT_IDS],
      requiresAuth: true,
      port: 0,
      org: "",
      ...scope,
    },
    {
      // The plane is on this machine, so its apps may be.
      connection: createConnection({ endpoint: "http://localhost:1", ...scope, transport: fuzzPlane(host) }),
      limits: { bodyBytes: 64 * 1024, jsonKeys: 2_000, urlBytes: 4_096, callMs: 1_000, waitMs: 20, requestMs: 3_000 },
      network: {
        resolve: (hostname, _, callback) => {
          if (hostname !== APP_HOST) strayed.push(hostname);
          callback(null, [{ address: "127.0.0.1", family: 4 }]);
        },
      },
      onError: (error) =>
        error.code === "bug" && bugs.push(String((error.cause as Error | undefined)?.stack ?? error.stack)),
    },
  );
  await app.warm();

  const statuses: Record<number, number> = {};
  let done = 0;
  let before = 0;
  const property = fc.asyncProperty(fc.array(fuzzRequest, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
    const answers = await Promise.all(batch.map((request) => sendAndCheck(app, request)));
    if (bugs.length > 0) throw new Error(bugs.splice(0).join("\n"));
    if (strayed.length > 0) throw new Error(`reaches ${strayed.splice(0).join(", ")}`);
    for (const status of answers) statuses[status] = (statuses[status] ?? 0) + 1;
    const last = done;
    done += batch.length;
    if (before === 0 && done >= cases / 10) before = usedBytes();
    if (Math.floor(done / 10_000) > Math.floor(last / 10_000)) onProgress?.(done);
  });
  try {
    const run = await fc.check(property, {
      numRuns: Math.ceil(cases / BATCH),
      seed,
      // The message names the one request that failed; to shrink the batch around it takes long and shows no more.
      endOnFailure: true,
      ...(timeLimitMs !== undefined && { interruptAfterTimeLimit: timeLimitMs }),
    });
    const grownBytes = before === 0 ? 0 : usedBytes() - before;
    const problem =
      run.failed && !run.interrupted ? [`seed ${seed}: ${run.errorInstance}`, ...bugs].join("\n") : undefined;
    return { cases: done, statuses, grownBytes, ...(problem !== undefined && { problem }) };
  } finally {
    target.closeAllConnections();
    target.close();
  }
}

/** Bytes of the heap in use after everything that can be collected is. */
function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
