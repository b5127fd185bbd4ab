/** What a cold start costs: from the spawn of the process to its first 200, and its resident memory then. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startControlPlane } from "./control-plane.ts";
import { type Row, row } from "./rows.ts";
import { type ServerOptions, spawnServer, untilHealthy } from "./server-process.ts";
import { webhook } from "./webhook.ts";

export async function benchColdstart(rounds: number): Promise<Row[]> {
  const plane = await startControlPlane();
  const cache = mkdtempSync(join(tmpdir(), "flyte-webhook-bench-"));
  const ours = { ...webhook(plane.origin, { NODE_COMPILE_CACHE: cache }), reports: false };
  const theirs = { program: fileURLToPath(new URL("./servers/node-http.cjs", import.meta.url)), reports: false };
  const measured = { ours: [] as Start[], theirs: [] as Start[] };
  try {
    await start(ours);
    await start(theirs);
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
      for (const who of order) measured[who].push(await start(who === "ours" ? ours : theirs));
      process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    }
  } finally {
    plane.close();
    rmSync(cache, { recursive: true, force: true });
  }
  const of = (what: keyof Start, id: string, unit: string) =>
    row(
      id,
      unit,
      measured.ours.map((one) => one[what]),
      "node:http",
      measured.theirs.map((one) => one[what]),
    );
  return [of("ms", "first 200", "ms"), of("rss", "rss", "MiB")];
}

interface Start {
  readonly ms: number;
  readonly rss: number;
}

async function start(options: ServerOptions): Promise<Start> {
  const server = await spawnServer(options);
  const ms = await untilHealthy(server, "/health");
  const rss = server.rss();
  await server.stop();
  return { ms, rss };
}
