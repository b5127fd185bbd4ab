/**
 * CPU per request and latency along the hot path: `GET /health` (nothing but HTTP), `GET /run/{name}` (authentication,
 * validation, one RPC) and `POST /run-task/…` (inputs converted, five RPCs). CPU is the process's own, user and system,
 * so the load costs nothing of it.
 */
import { fileURLToPath } from "node:url";
import { type Call, startControlPlane } from "./control-plane.ts";
import type { Row } from "./rows.ts";
import { type ServerProcess, spawnServer, untilHealthy } from "./server-process.ts";
import { benchSlowTargets } from "./slow-targets.ts";
import { webhook } from "./webhook.ts";
import { type Contender, compare, contender, GET_RUN, HEALTH, measure, RUN_TASK, send, type Work } from "./work.ts";

/** Rounds beside slow targets, which take seconds each. */
const SLOW_ROUNDS = 5;

export async function benchHttp(rounds: number): Promise<Row[]> {
  const plane = await startControlPlane();
  const program = (name: string) => fileURLToPath(new URL(`./servers/${name}`, import.meta.url));
  const servers: ServerProcess[] = [];
  const start = async (...options: Parameters<typeof spawnServer>): Promise<ServerProcess> => {
    const server = await spawnServer(...options);
    servers.push(server);
    return server;
  };
  try {
    const ours = await start(webhook(plane.origin));
    await untilHealthy(ours, "/health");
    /** The hand-written proxy that makes the calls ours makes for this work. */
    const proxyOf = async (work: Work): Promise<Contender> => {
      const calls = await plane.record(() => send(ours, work, 1));
      const env = { UPSTREAM: plane.origin, CALLS: JSON.stringify(calls satisfies Call[]) };
      return contender(await start({ program: program("node-http-proxy.cjs"), env }), work);
    };
    const health = contender(ours, HEALTH);
    const hono = contender(await start({ program: program("hono.mjs") }), HEALTH);
    const raw = contender(await start({ program: program("node-http.cjs") }), HEALTH);
    const getRun = contender(ours, GET_RUN);
    const getRunProxy = await proxyOf(GET_RUN);
    const runTask = contender(ours, RUN_TASK);
    const runTaskProxy = await proxyOf(RUN_TASK);
    const all = [health, hono, raw, getRun, getRunProxy, runTask, runTaskProxy];
    for (const { server, work } of all) {
      if (work === HEALTH) await untilHealthy(server, work.path);
      await send(server, work, work.requests * 2);
    }
    for (let round = 0; round < rounds; round++) {
      // Every other round goes the other way, so that nobody always comes after the same neighbour.
      for (const one of round % 2 === 0 ? all : [...all].reverse()) one.rounds.push(await measure(one));
      process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    }
    return [
      ...(await benchSlowTargets(Math.min(rounds, SLOW_ROUNDS))),
      ...compare("health", health, "node:http", raw),
      ...compare("health", health, "hono", hono),
      ...compare("get_run", getRun, "node:http proxy", getRunProxy),
      ...compare("run_task", runTask, "node:http proxy", runTaskProxy),
    ];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    plane.close();
  }
}
