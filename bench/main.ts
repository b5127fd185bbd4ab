/** npm run bench -- NAME [--rounds N] [--json FILE]: one measurement of ours beside its baseline, alternated. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { BUDGETS, printRows, type Row } from "./rows.ts";

interface Bench {
  readonly summary: string;
  readonly rounds: number;
  run(rounds: number): Promise<Row[]>;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  http: {
    summary:
      "CPU and latency of health, get_run and run_task beside node:http, Hono and a proxy; health beside slow apps",
    rounds: 9,
    run: async (rounds) => (await import("./http.ts")).benchHttp(rounds),
  },
  coldstart: {
    summary: "from the spawn of the webhook's program to its first 200, beside a bare node:http server",
    rounds: 11,
    run: async (rounds) => (await import("./coldstart.ts")).benchColdstart(rounds),
  },
  python: {
    summary: "ours beside Python's webhook on the same control plane; needs a Python with flyte, fastapi and uvicorn",
    rounds: 5,
    run: async (rounds) => (await import("./python.ts")).benchPython(rounds),
  },
  sdk: {
    summary: "start of the SDK and of the command beside bare node, toApp, a deploy without change beside its one call",
    rounds: 15,
    run: async (rounds) => (await import("./sdk.ts")).benchSdk(rounds),
  },
  devbox: {
    summary: "calls and durable runs a second of the devbox; a million stored runs beside a thousand",
    rounds: 5,
    run: async (rounds) => (await import("./devbox.ts")).benchDevbox(rounds),
  },
};

function usage(): never {
  console.error("usage: npm run bench -- NAME [--rounds N] [--json FILE]\n");
  for (const [name, { summary, rounds }] of Object.entries(BENCHES))
    console.error(`  ${name.padEnd(10)} ${summary} (${rounds} rounds)`);
  console.error("\nA ratio is the median of the ratios of each round; rounds of ours and of the baseline alternate.");
  console.error("Exits 1 when a ratio or a value is over its budget.");
  process.exit(2);
}

const options = { rounds: { type: "string" }, json: { type: "string" } } as const;
const { values, positionals } = (() => {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return usage();
  }
})();
const [name = ""] = positionals;
const bench = BENCHES[name];
const rounds = Number(values.rounds ?? bench?.rounds);
if (!bench || positionals.length !== 1 || !Number.isInteger(rounds) || rounds < 1) usage();

const rows = await bench.run(rounds);
printRows(rows);
if (values.json !== undefined)
  writeFileSync(resolve(values.json), `${JSON.stringify({ bench: name, rows }, null, 2)}\n`);
process.exit(rows.some((row) => BUDGETS[row.id]?.(row) === false) ? 1 : 0);
