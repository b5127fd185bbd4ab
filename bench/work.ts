/** The requests that are measured, and how. */
import { RUN, TASK } from "./control-plane.ts";
import { type Latencies, load, openPool } from "./load.ts";
import { type Row, row } from "./rows.ts";
import type { ServerProcess } from "./server-process.ts";

const CONNECTIONS = 16;
const HEADERS = { authorization: "Bearer bench" };

/** A request, and how many of it make a round; twice as many warm up before the first. */
export interface Work {
  readonly path: string;
  readonly body?: string;
  readonly requests: number;
}

export const HEALTH: Work = { path: "/health", requests: 6_000 };
export const GET_RUN: Work = { path: `/run/${RUN.name}`, requests: 6_000 };
export const RUN_TASK: Work = {
  path: `/run-task/${TASK.domain}/${TASK.project}/${TASK.name}`,
  body: JSON.stringify({ x: 42, y: "hello" }),
  requests: 2_000,
};

export interface Contender {
  readonly server: ServerProcess;
  readonly work: Work;
  readonly rounds: (Latencies & { cpu: number; rss: number })[];
}

export const contender = (server: ServerProcess, work: Work): Contender => ({ server, work, rounds: [] });

export const connectTo = ({ origin }: ServerProcess) => openPool(origin, CONNECTIONS);

export const send = (
  server: ServerProcess,
  { path, body }: Work,
  requests: number,
  pool?: ReturnType<typeof connectTo>,
) => load(`${server.origin}${path}`, { requests, connections: CONNECTIONS, headers: HEADERS, body, pool });

export async function measure({ server, work }: Contender) {
  const before = await server.usage();
  const latencies = await send(server, work, work.requests);
  const after = await server.usage();
  return { ...latencies, cpu: (after.cpu - before.cpu) / work.requests, rss: after.rss };
}

/** Rows of one piece of work: CPU and latencies of ours beside a baseline, each round beside its own. */
export function compare(id: string, ours: Contender, baseline: string, theirs: Contender): Row[] {
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
