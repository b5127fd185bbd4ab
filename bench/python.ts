/**
 * Ours beside Python's webhook: the same control plane (over TLS, because Python's webhook always uses it), the same
 * requests. Python is slow enough that fewer of them do.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CA_FILE, RUN, startControlPlane } from "./control-plane.ts";
import { type Row, row } from "./rows.ts";
import { type ServerOptions, spawnServer, untilHealthy } from "./server-process.ts";
import { webhook } from "./webhook.ts";
import { compare, contender, GET_RUN, HEALTH, measure, RUN_TASK, send } from "./work.ts";

const HOW = "python3 -m venv .venv && .venv/bin/pip install flyte fastapi uvicorn, then FLYTE_PYTHON=.venv/bin/python";
const SHARE_OF_REQUESTS = 0.1;

export async function benchPython(rounds: number): Promise<Row[]> {
  const python = process.env.FLYTE_PYTHON || "python3";
  if (spawnSync(python, ["-c", "import flyte, fastapi, uvicorn"]).status !== 0) {
    console.error(`${python} has no flyte, fastapi and uvicorn: ${HOW} npm run bench -- python`);
    process.exit(2);
  }
  const plane = await startControlPlane({ tls: true });
  const host = new URL(plane.origin).host;
  const environment = { _U_EP_OVERRIDE: host, SSL_CERT_FILE: CA_FILE };
  const ours = webhook(host, environment);
  const theirs: ServerOptions = {
    runner: python,
    program: fileURLToPath(new URL("./servers/python-webhook.py", import.meta.url)),
    env: { ...environment, BENCH_PROJECT: RUN.project, BENCH_DOMAIN: RUN.domain },
  };
  const pairs = [];
  try {
    const starts: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
    for (let round = 0; round < rounds; round++) {
      starts.ours.push(await start({ ...ours, reports: false }));
      starts.theirs.push(await start(theirs));
    }
    const servers = { ours: await spawnServer(ours), theirs: await spawnServer(theirs) };
    try {
      await untilHealthy(servers.ours, HEALTH.path);
      await untilHealthy(servers.theirs, HEALTH.path);
      for (const [id, work] of Object.entries({ health: HEALTH, get_run: GET_RUN, run_task: RUN_TASK })) {
        const few = { ...work, requests: work.requests * SHARE_OF_REQUESTS };
        pairs.push({ id, ours: contender(servers.ours, work), theirs: contender(servers.theirs, few) });
      }
      for (const one of pairs.flatMap(({ ours, theirs }) => [ours, theirs]))
        await send(one.server, one.work, one.work.requests);
      for (let round = 0; round < rounds; round++) {
        for (const pair of pairs) {
          for (const one of round % 2 === 0 ? [pair.ours, pair.theirs] : [pair.theirs, pair.ours])
            one.rounds.push(await measure(one));
        }
        process.stderr.write(`round ${round + 1} of ${rounds}\n`);
      }
    } finally {
      await Promise.all([servers.ours.stop(), servers.theirs.stop()]);
    }
    const rss = pairs.map(
      ({ ours, theirs }) => [ours.rounds.at(-1)?.rss ?? 0, theirs.rounds.at(-1)?.rss ?? 0] as const,
    );
    return [
      row("first 200", "ms", starts.ours, "python", starts.theirs),
      ...pairs.flatMap(({ id, ours, theirs }) => compare(id, ours, "python", theirs)),
      row("rss", "MiB", [Math.max(...rss.map(([one]) => one))], "python", [Math.max(...rss.map(([, one]) => one))]),
    ];
  } finally {
    plane.close();
  }
}

async function start(options: ServerOptions): Promise<number> {
  const server = await spawnServer(options);
  const ms = await untilHealthy(server, HEALTH.path);
  await server.stop();
  return ms;
}
