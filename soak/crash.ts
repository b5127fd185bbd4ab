/** `kill -9` of a devbox at random moments under load: whether what it acknowledged is there afterwards, once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { startDevboxProcess } from "./crash/devbox-process.ts";
import { type Check, type Clients, clientsOf, openRuns, WRITES } from "./crash/load.ts";

/** Writers of each kind at the same time. */
const WRITERS = 2;
/** From the start of the load to the kill, at most. */
const LOAD_MS = 1_500;
/** For all that was acknowledged to end once nothing kills the devbox any more. */
const SETTLE_MS = 120_000;

export interface CrashResult {
  readonly rounds: number;
  /** What was acknowledged, by kind. */
  readonly acknowledged: Readonly<Record<string, number>>;
  /** Empty when nothing was lost, doubled, stuck or damaged. */
  readonly problems: readonly string[];
}

interface Acknowledged {
  readonly kind: string;
  readonly name: string;
  readonly check: Check;
}

/** So many times: start on the same directory, write, kill; at the end everything is looked at. */
export async function crash(rounds: number, seed: number, onRound: (round: number) => void): Promise<CrashResult> {
  const dir = mkdtempSync(join(tmpdir(), "devbox-crash-"));
  const random = randomOf(seed);
  const written: Acknowledged[] = [];
  const problems: string[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const devbox = await startDevboxProcess(dir);
      const ended = { value: false };
      const writing = writeUntil(ended, clientsOf(devbox.endpoint), `${round}`, dir, written);
      await sleep(random() * LOAD_MS);
      // The devbox is gone before the writers are told, so that calls are cut in the middle.
      await devbox.kill();
      ended.value = true;
      await writing;
      const damage = integrityOf(dir);
      if (damage !== "ok") problems.push(`round ${round}: the database is damaged: ${damage}`);
      onRound(round + 1);
    }
    const devbox = await startDevboxProcess(dir);
    const clients = clientsOf(devbox.endpoint);
    const end = Date.now() + SETTLE_MS;
    while ((await openRuns(clients)) > 0 && Date.now() < end) await sleep(200);
    const left = await openRuns(clients);
    if (left > 0) problems.push(`${left} runs are stuck`);
    for (const { kind, name, check } of written) {
      const problem = await check(clients).catch((error: Error) => error.message);
      if (problem !== undefined) problems.push(`${kind} ${name}: ${problem}`);
    }
    await devbox.kill();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const count = (kind: string) => written.filter((one) => one.kind === kind).length;
  const acknowledged = Object.fromEntries(Object.keys(WRITES).map((kind) => [kind, count(kind)]));
  for (const [kind, number] of Object.entries(acknowledged)) {
    if (number === 0) problems.push(`no ${kind} was acknowledged, so nothing of it could be lost`);
  }
  return { rounds, acknowledged, problems };
}

async function writeUntil(ended: { value: boolean }, clients: Clients, round: string, dir: string, to: Acknowledged[]) {
  const writer = async (kind: string, writer: number) => {
    for (let index = 0; !ended.value; index++) {
      const name = `r${round}-${kind}-${writer}-${index}`;
      try {
        const check = await (WRITES[kind] as (typeof WRITES)[string])(clients, name, dir);
        to.push({ kind, name, check });
      } catch {
        // Not acknowledged: the devbox was killed meanwhile. A refusal of one that lives would leave nothing to check.
        await sleep(5);
      }
    }
  };
  const kinds = Object.keys(WRITES);
  await Promise.all(kinds.flatMap((kind) => Array.from({ length: WRITERS }, (_, index) => writer(kind, index))));
}

function integrityOf(dir: string): string {
  const db = new DatabaseSync(join(dir, "devbox.db"));
  try {
    return (db.prepare("PRAGMA integrity_check").get() as { integrity_check: string }).integrity_check;
  } finally {
    db.close();
  }
}

/** Mulberry32: the same numbers from the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
