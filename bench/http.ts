/**
 * CPU per request and latency of the two ends of the hot path: `GET /health` (nothing but HTTP) and `GET /run/{name}`
 * (authentication, validation, one RPC). CPU is the process's own, user and system, so the load costs nothing of it.
 */
import { fileURLToPath } from "node:url";
import { PATH, REQUEST, RUN, startControlPlane } from "./control-plane.ts";
import { type Latencies, load } from "./load.ts";
import { type Row, row } from "./rows.ts";
import { type ServerProcess, spawnServer, untilHealthy } from "./server-process.ts";
import { webhook } from "./webhook.ts";

const CONNECTIONS = 16;
/** Requests of one round, and of the warm-up before the first. */
const REQUESTS = 6_000;
const WARM_UP = 12_000;
const HEADERS = { authorization: "Bearer bench" };

interface Contender {
  readonly server: ServerProcess;
  readonly path: string;
  readonly rounds: (Latencies & { cpu: number; rss: number })[];
}

export async function benchHttp(rounds: number): Promise<Row[]> {
  const plane = await startControlPlane();
  const program = (name: string) => fileURLToPath(new URL(`./servers/${name}`, import.meta.url));
  const upstream = { UPSTREAM: `${plane.origin}${PATH}`, REQUEST: Buffer.from(REQUEST).toString("base64") };
  const servers = {
    webhook: await spawnServer(webhook(plane.origin)),
    hono: await spawnServer({ program: program("hono.mjs") }),
    raw: await spawnServer({ program: program("node-http.cjs") }),
    proxy: await spawnServer({ program: program("node-http-proxy.cjs"), env: upstream }),
  };
  try {
    const contender = (server: ServerProcess, path: string): Contender => ({ server, path, rounds: [] });
    const health = contender(servers.webhook, "/health");
    const hono = contender(servers.hono, "/health");
    const raw = contender(servers.raw, "/health");
    const getRun = contender(servers.webhook, `/run/${RUN.name}`);
    const proxy = contender(servers.proxy, `/run/${RUN.name}`);
    const all = [health, hono, raw, getRun, proxy];
    for (const { server, path } of all) {
      if (path === "/health") await untilHealthy(server, path);
      await send(server, path, WARM_UP);
    }
    for (let round = 0; round < rounds; round++) {
      // Every other round goes the other way, so that nobody always comes after the same neighbour.
      for (const one of round % 2 === 0 ? all : [...all].reverse()) one.rounds.push(await measure(one));
      process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    }
    return [
      ...compare("health", health, "node:http", raw),
      ...compare("health", health, "hono", hono),
      ...compare("get_run", getRun, "node:http proxy", proxy),
    ];
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    plane.close();
  }
}

const send = (server: ServerProcess, path: string, requests: number) =>
  load(`${server.origin}${path}`, { requests, connections: CONNECTIONS, headers: HEADERS });

async function measure({ server, path }: Contender) {
  const before = await server.usage();
  const latencies = await send(server, path, REQUESTS);
  const after = await server.usage();
  return { ...latencies, cpu: (after.cpu - before.cpu) / REQUESTS, rss: after.rss };
}

function compare(id: string, ours: Contender, baseline: string, theirs: Contender): Row[] {
  const of = (measured: "cpu" | "p50" | "p99" | "rss", unit: string) =>
    row(
      `${id} ${measured}`,
      unit,
      ours.rounds.map((round) => round[measured]),
      baseline,
      theirs.rounds.map((round) => round[measured]),
    );
  return [of("cpu", "µs/request"), of("p50", "ms"), of("p99", "ms"), of("rss", "MiB")];
}
