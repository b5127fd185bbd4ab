import type { DevboxContext } from "../context.ts";
import { diskUsage, mib } from "../disk-usage.ts";
import { givePagesBack, isShrinkable, makeShrinkable } from "../store/retention.ts";
import { type EndedRun, RunRemoval } from "./run-removal.ts";
import { Steps } from "./steps.ts";
import { type Candidate, type Removed, sweep } from "./sweep.ts";

/** What is kept. Without either bound nothing is ever removed. */
export interface RetentionOptions {
  /** Bytes on disk of the data directory. Beyond it, the oldest ended runs go, down to 90 % of it. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds that a run is kept after its end. */
  readonly maxAgeMs?: number | undefined;
}

/** What tests shorten. All in milliseconds. */
export interface RetentionTimes {
  /** From one measurement to the next; a measurement that takes long is followed by a longer rest. */
  readonly roundMs: number;
  /** From one search for references to the next, unless the one before made room. */
  readonly searchMs: number;
  /** Nothing is removed so soon after its end: whoever waited for a run is to find its results. */
  readonly graceMs: number;
}

const TIMES: RetentionTimes = { roundMs: 600_000, searchMs: 3_600_000, graceMs: 3_600_000 };

/** Down to which part of the limit room is made. */
const LOW_WATER = 0.9;
/** Where someone who asked for no limit is told that there is one. */
const HINT_BYTES = 20 * 1024 ** 3;
const HINT_AFTER_MS = 30_000;
/** A round rests for this many times of what its measurement took. */
const MEASURE_REST = 100;
/** Runs that one round looks at. */
const MAX_CANDIDATES = 50_000;

/**
 * Keeps the data directory within its bounds: removes ended runs, the oldest first, and uploads that nothing refers to.
 * What is active, and what anything that stays refers to, is kept. Works in small steps, so that calls are answered.
 */
export class Retention {
  readonly #context: DevboxContext;
  readonly #options: RetentionOptions;
  readonly #times: RetentionTimes;
  readonly #removal: RunRemoval;
  readonly #closing = new AbortController();
  readonly #steps = new Steps(this.#closing.signal);
  #working: Promise<void> = Promise.resolve();
  #searchedAt = Number.NEGATIVE_INFINITY;
  /** Where the next search begins, when all that the one before looked at is referred to. */
  #after = 0;

  constructor(context: DevboxContext, options: RetentionOptions = {}, times: Partial<RetentionTimes> = {}) {
    this.#context = context;
    this.#options = options;
    this.#times = { ...TIMES, ...times };
    this.#removal = new RunRemoval(context, () => this.#steps.pause());
  }

  /** Call it before anything is served. Goes on with what a crash interrupted, also without any bound. */
  start(): void {
    const interrupted = this.#removal.interrupted();
    if (this.#isBounded) this.#prepareDatabase();
    this.#working = this.#work(interrupted).catch((error: unknown) => {
      if (!this.#closing.signal.aborted) this.#context.log(`retention has ended: ${(error as Error).message}`);
    });
  }

  /** Resolves when the step that is being taken is done. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
  }

  get #isBounded(): boolean {
    return this.#options.maxBytes !== undefined || this.#options.maxAgeMs !== undefined;
  }

  #prepareDatabase(): void {
    const { db, log } = this.#context;
    if (isShrinkable(db)) return;
    log("retention: the database is written anew, once, so that it can get smaller…");
    try {
      makeShrinkable(db);
    } catch (error) {
      log(`retention: the database cannot get smaller, the files can: ${(error as Error).message}`);
    }
  }

  async #work(interrupted: readonly EndedRun[]): Promise<void> {
    for (const run of interrupted) await this.#removal.finish(run);
    if (!this.#isBounded) return this.#hint();
    for (;;) {
      const began = performance.now();
      const used = this.#options.maxBytes === undefined ? 0 : await this.#used();
      const rest = Math.max(this.#times.roundMs, (performance.now() - began) * MEASURE_REST);
      try {
        await this.#round(used);
      } catch (error) {
        if (this.#closing.signal.aborted) throw error;
        this.#context.log(`retention: ${(error as Error).message}; the next round tries again`);
      }
      await this.#steps.sleep(rest);
    }
  }

  async #round(used: number): Promise<void> {
    const { maxBytes = Number.POSITIVE_INFINITY, maxAgeMs } = this.#options;
    const excess = used > maxBytes ? used - LOW_WATER * maxBytes : 0;
    if (performance.now() - this.#searchedAt < this.#times.searchMs) return;
    const oldest = this.#endedRuns();
    const expiry = maxAgeMs === undefined ? 0 : (Date.now() - maxAgeMs) * 1000;
    if (excess === 0 && !oldest.some(({ ended_at }) => ended_at < expiry)) return;
    const runs = excess > 0 ? oldest : oldest.filter(({ ended_at }) => ended_at < expiry);
    this.#searchedAt = performance.now();
    const removed = await sweep(this.#context, this.#removal, this.#steps, {
      runs,
      enough: (run, bytes) => bytes >= excess && run.ended_at >= expiry,
    });
    const made = removed.runs + removed.uploads > 0;
    const more = oldest.length === MAX_CANDIDATES;
    this.#after = made || !more ? 0 : (oldest.at(-1)?.ended_at ?? 0);
    if (more || (made && excess > 0)) this.#searchedAt = Number.NEGATIVE_INFINITY;
    this.#tell(removed, used, more ? 0 : excess);
    while (made && givePagesBack(this.#context.db)) await this.#steps.rest();
  }

  /** The oldest first, without those that have just ended. */
  #endedRuns(): Candidate[] {
    const rows = this.#context.db
      .prepare(
        `SELECT id, project, domain, run, ended_at FROM actions
         WHERE parent = '' AND ended_at IS NOT NULL AND ended_at > ? AND ended_at < ? ORDER BY ended_at LIMIT ?`,
      )
      .all(this.#after, (Date.now() - this.#times.graceMs) * 1000, MAX_CANDIDATES);
    return rows as unknown as Candidate[];
  }

  #tell({ runs, uploads, bytes }: Removed, used: number, excess: number): void {
    const { log } = this.#context;
    const ofUploads = uploads > 0 ? ` and ${count(uploads, "upload")} that nothing referred to` : "";
    if (runs + uploads > 0) log(`retention: removed ${count(runs, "run")}${ofUploads}, ${mib(bytes)} MiB`);
    if (bytes >= excess) return;
    const { dir } = this.#context;
    log(
      `retention: ${dir} had ${mib(used)} MiB and is still above its limit: what is left is active, has just ended, or is referred to`,
    );
  }

  /** Undefined sizes are as good as none: nothing is removed for what is not known. */
  async #used(): Promise<number> {
    const { dir, log } = this.#context;
    const used = (await diskUsage([dir], this.#closing.signal))?.get(dir);
    if (used === undefined && !this.#closing.signal.aborted)
      log(`retention: the size of ${dir} cannot be measured: is there a program \`du\`?`);
    return used ?? 0;
  }

  async #hint(): Promise<void> {
    await this.#steps.sleep(HINT_AFTER_MS);
    const { dir, log } = this.#context;
    const used = (await diskUsage([dir], this.#closing.signal))?.get(dir) ?? 0;
    if (used > HINT_BYTES)
      log(`${dir} has ${mib(used)} MiB, and nothing of it is ever removed; \`dev --keep 20GB\` bounds it`);
  }
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
