/**
 * What the devbox carries: calls and durable runs a second, and whether a million stored runs make it slower than a
 * thousand do. The devbox is a process of its own on one core, its callers are on another.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DevboxCalls } from "./devbox-calls.ts";
import { type Row, row } from "./rows.ts";
import { type ServerProcess, spawnServer, untilHealthy } from "./server-process.ts";
import { STORED, storedName, storedTask, storeRuns } from "./stored-runs.ts";

const FEW = 1_000;
const MANY = 1_000_000;
/** Calls of one kind in one round. */
const CALLS = 400;
const RATE_CALLS = 4_000;
const CREATIONS = 500;
const CONNECTIONS = 16;
const IDLE_MS = 10_000;
const WATCHERS = 50;
/** What is called below the watched run, each of which is queued, runs and ends. */
const CHILDREN = 100;

interface Contender {
  readonly runs: number;
  readonly dir: string;
  server: ServerProcess;
  calls: DevboxCalls;
}

type Measured = Map<string, number[]>;

export async function benchDevbox(rounds: number): Promise<Row[]> {
  const dir = mkdtempSync(join(tmpdir(), "flyte-webhook-bench-"));
  const contenders: Contender[] = [];
  const measured = new Map<number, Measured>([FEW, MANY].map((runs) => [runs, new Map()]));
  const add = ({ runs }: Contender, what: string, value: number) => {
    const of = measured.get(runs) as Measured;
    of.set(what, [...(of.get(what) ?? []), value]);
  };
  try {
    for (const runs of [FEW, MANY]) contenders.push(await prepare(join(dir, String(runs)), runs));
    for (let round = 0; round < rounds; round++) {
      for (const one of round % 2 === 0 ? contenders : [...contenders].reverse()) {
        await one.server.stop();
        add(one, "start", await start(one));
        for (const [what, call] of Object.entries(READS)) add(one, what, await p99(one, call));
        add(one, "rate", await rate(RATE_CALLS, (index) => one.calls.details(storedName(index % FEW))));
        add(one, "creations", await rate(CREATIONS, () => one.calls.create()));
        add(one, "one watcher", await watched(one, 1));
        add(one, "watchers", await watched(one, WATCHERS));
        add(one, "rss", one.server.rss());
        add(one, "idle", await idle(one.server));
      }
      process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    }
  } finally {
    await Promise.all(contenders.map(({ server }) => server.stop()));
    rmSync(dir, { recursive: true, force: true });
  }
  const few = measured.get(FEW) as Measured;
  const many = measured.get(MANY) as Measured;
  const values = (of: Measured, what: string) => of.get(what) ?? [];
  const beside = (what: string, unit: string, id = what) =>
    row(id, unit, values(many, what), "1,000 runs", values(few, what));
  return [
    ...Object.keys(READS).map((what) => beside(what, "ms", `${what} p99`)),
    beside("rate", "calls/s", "get_run_details"),
    beside("creations", "runs/s", "create_run"),
    beside("start", "ms"),
    beside("rss", "MiB"),
    beside("idle", "%", "idle cpu"),
    row(`cpu of ${WATCHERS} watchers`, "µs/action", values(many, "watchers"), "one", values(many, "one watcher")),
  ];
}

/** One call of each kind; `index` tells the calls of a round apart. */
const READS: Readonly<Record<string, (calls: DevboxCalls, index: number, runs: number) => Promise<void>>> = {
  get_run_details: (calls, index, runs) => calls.details(storedName((index * 7919) % runs)),
  "list_runs page": (calls) => calls.list({}),
  "list_runs second page": (calls) => calls.list({ token: "10" }),
  "list_runs by phase": (calls) => calls.list({ field: "phase", value: "FAILED" }),
  "list_runs by task": (calls, index) => calls.list({ field: "task_name", value: storedTask(index) }),
  "list_runs by label": (calls) => calls.list({ field: `labels.${STORED.label}`, value: "platform" }),
};

async function prepare(dir: string, runs: number): Promise<Contender> {
  const one = { runs, dir } as unknown as Contender;
  await start(one);
  await one.server.stop();
  storeRuns(dir, runs);
  await start(one);
  return one;
}

/** Resolves with the milliseconds from the spawn to the first answer. */
async function start(one: Contender): Promise<number> {
  const program = fileURLToPath(new URL("../packages/cli/bin/flyte-webhook.js", import.meta.url));
  one.server = await spawnServer({ program, args: (port) => ["dev", "--dir", one.dir, "--port", String(port)] });
  const ms = await untilHealthy(one.server, "/healthz");
  one.calls = new DevboxCalls(one.server.origin);
  await one.calls.createEnded();
  return ms;
}

async function p99(one: Contender, call: (calls: DevboxCalls, index: number, runs: number) => Promise<void>) {
  const times: number[] = [];
  for (let index = 0; index < CALLS; index++) {
    const begin = performance.now();
    await call(one.calls, index, one.runs);
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] ?? Number.NaN;
}

/** Calls a second, over {@link CONNECTIONS} connections. */
async function rate(calls: number, call: (index: number) => Promise<void>): Promise<number> {
  let next = 0;
  const begin = performance.now();
  const caller = async () => {
    while (next < calls) await call(next++);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  return calls / ((performance.now() - begin) / 1000);
}

/** CPU for each action that is called, runs and ends below a run that so many watch. */
async function watched({ server, calls }: Contender, watchers: number): Promise<number> {
  const run = await calls.openParent();
  const watching = await calls.watch(run, watchers);
  const before = await server.usage();
  await calls.callChildren(run, CHILDREN);
  await watching.sawEnded(CHILDREN);
  const after = await server.usage();
  watching.close();
  await calls.abort(run);
  return (after.cpu - before.cpu) / CHILDREN;
}

/** Share of one core, in percent, of a devbox that is asked nothing. */
async function idle(server: ServerProcess): Promise<number> {
  await sleep(500);
  const before = await server.usage();
  await sleep(IDLE_MS);
  const after = await server.usage();
  return (after.cpu - before.cpu) / (IDLE_MS * 10);
}
