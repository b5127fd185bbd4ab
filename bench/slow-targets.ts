/**
 * Whether `GET /health` stays quick while calls of apps that take their time are in work: 64 `call_app` at once on a target
 * that answers after 3 s, beside the same load of `/health` alone. The load covers the calls from the first to the last.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startControlPlane } from "./control-plane.ts";
import { type Latencies, load } from "./load.ts";
import { type Row, row } from "./rows.ts";
import { type ServerProcess, spawnServer, untilHealthy } from "./server-process.ts";
import { webhook } from "./webhook.ts";

const CALLS = 64;
const TARGET_MS = 3_000;
/** Connections that ask for `/health`, each again as soon as it is answered. */
const CONNECTIONS = 16;
const APP = "slow-app";
const HEADERS = { authorization: "Bearer bench" };

export async function benchSlowTargets(rounds: number): Promise<Row[]> {
  const target = createServer((request, response) => {
    request.resume();
    setTimeout(() => response.setHeader("content-type", "application/json").end(`{"ok":true}`), TARGET_MS);
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const publicUrl = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
  const plane = await startControlPlane({ app: { name: APP, publicUrl } });
  const server = await spawnServer(webhook(plane.origin));
  try {
    await untilHealthy(server, "/health");
    await healthUntil(server, callAll(server));
    const beside: Latencies[] = [];
    const alone: Latencies[] = [];
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? [true, false] : [false, true];
      for (const busy of order) {
        (busy ? beside : alone).push(await healthUntil(server, busy ? callAll(server) : sleep(TARGET_MS)));
      }
      process.stderr.write(`slow targets: round ${round + 1} of ${rounds}\n`);
    }
    const of = (what: keyof Latencies) =>
      row(
        `health ${what} beside ${CALLS} call_app`,
        "ms",
        beside.map((one) => one[what]),
        "alone",
        alone.map((one) => one[what]),
      );
    return [of("p50"), of("p99")];
  } finally {
    await server.stop();
    plane.close();
    target.closeAllConnections();
    target.close();
  }
}

/** All calls at once. Throws when one is not answered with 200. */
function callAll({ origin }: ServerProcess): Promise<Latencies> {
  const body = JSON.stringify({ path: "/work", method: "POST", payload: { x: 1 } });
  return load(`${origin}/app/${APP}/call`, { requests: CALLS, connections: CALLS, headers: HEADERS, body });
}

async function healthUntil({ origin }: ServerProcess, end: Promise<unknown>): Promise<Latencies> {
  const [latencies] = await Promise.all([
    load(`${origin}/health`, { requests: Number.POSITIVE_INFINITY, connections: CONNECTIONS, headers: HEADERS, end }),
    end,
  ]);
  return latencies;
}
