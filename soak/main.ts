/** npm run soak -- NAME [--cases N] [--seed N]: what takes longer than a test may. */
import { parseArgs } from "node:util";

interface Soak {
  readonly summary: string;
  readonly cases: number;
  /** Whether nothing was found. */
  run(options: { cases: number; seed: number }): Promise<boolean>;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const SOAKS: Readonly<Record<string, Soak>> = {
  fuzz: {
    summary: "the webhook in memory against bodies, paths, queries and headers that nobody should send",
    cases: 200_000,
    async run({ cases, seed }) {
      const { fuzz, MAX_GROWTH_BYTES } = await import("./fuzz.ts");
      const onProgress = (done: number) => void process.stderr.write(`${done} of ${cases}\n`);
      const { problem, statuses, grownBytes, cases: done } = await fuzz({ cases, seed, onProgress });
      for (const [status, count] of Object.entries(statuses)) say(`${status}  ${count}`);
      const grown = (grownBytes / 1024 / 1024).toFixed(1);
      say(`${done} cases, heap grown by ${grown} MiB`);
      if (problem !== undefined) say(problem);
      return problem === undefined && grownBytes <= MAX_GROWTH_BYTES;
    },
  },
  requests: {
    summary: "the webhook's program under load; its memory must stay within 5 % of what it was when warm",
    cases: 1_000_000,
    async run({ cases }) {
      const { soakRequests, MAX_GROWTH } = await import("./requests.ts");
      const onProgress = (done: number, rss: number) =>
        void (done % 50_000 === 0 && process.stderr.write(`${done} of ${cases}, ${rss.toFixed(1)} MiB\n`));
      const { requests, warm, most } = await soakRequests(cases, onProgress);
      const growth = most / warm - 1;
      say(
        `${requests} requests, ${warm.toFixed(1)} MiB when warm, at most ${most.toFixed(1)} MiB after: ${(growth * 100).toFixed(1)} %`,
      );
      return growth <= MAX_GROWTH;
    },
  },
  crash: {
    summary: "a devbox that is killed at random moments under load; nothing acknowledged may be lost or run twice",
    cases: 100,
    async run({ cases, seed }) {
      const { crash } = await import("./crash.ts");
      const onRound = (round: number) => void process.stderr.write(`killed ${round} of ${cases}\n`);
      const { acknowledged, problems } = await crash(cases, seed, onRound);
      for (const [kind, count] of Object.entries(acknowledged)) say(`${kind.padEnd(8)} ${count} acknowledged`);
      for (const problem of problems) say(problem);
      return problems.length === 0;
    },
  },
};

function usage(): never {
  process.stderr.write("usage: npm run soak -- NAME [--cases N] [--seed N]\n\n");
  for (const [name, { summary, cases }] of Object.entries(SOAKS)) {
    process.stderr.write(`  ${name.padEnd(8)} ${summary} (${cases} cases)\n`);
  }
  process.stderr.write(
    "\nThe seed is printed; with it the same cases are made again. Exits 1 when something is found.\n",
  );
  process.exit(2);
}

const options = { cases: { type: "string" }, seed: { type: "string" } } as const;
const { values, positionals } = (() => {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return usage();
  }
})();
const [name = ""] = positionals;
const soak = Object.hasOwn(SOAKS, name) ? SOAKS[name] : undefined;
const cases = Number(values.cases ?? soak?.cases);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!soak || positionals.length !== 1 || !Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed)) usage();

say(`seed ${seed}`);
process.exit((await soak.run({ cases, seed })) ? 0 : 1);
