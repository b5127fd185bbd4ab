import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { readProcesses } from "./process-table.ts";

/** Between two looks at what the tasks do, while others wait for a place. */
const LOOK_MS = 500;
/** Part of the cores, and of the memory, that must be free for one more place. */
const FREE = 0.5;
const FREE_MEMORY = 0.15;
/** Most places, in times of those at the beginning. */
const MOST = 16;

/**
 * How many task processes may run at a time. Those that compute share the cores; those that only wait, for a clock or
 * for a run that they have started themselves, need none, and would hold up for ever what they wait for. So while
 * others wait for a place and the cores are idle there are more places, a few at a time; with nobody waiting there are
 * as many as at the beginning. A number that the user gave stays as it is.
 */
export class TaskPlaces {
  readonly #initial: number;
  readonly #fixed: boolean;
  /** Leaders of the process groups of the tasks that run. */
  readonly #groups: () => ReadonlySet<number>;
  #places: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(given: number | undefined, initial: number, groups: () => ReadonlySet<number>) {
    this.#initial = given ?? initial;
    this.#fixed = given !== undefined;
    this.#groups = groups;
    this.#places = this.#initial;
  }

  get places(): number {
    return this.#places;
  }

  /** Something waits for a place, or nothing does; `more` is called each time there are more of them. */
  waited(waits: boolean, more: () => void): void {
    if (this.#fixed) return;
    if (!waits) {
      this.close();
      this.#places = this.#initial;
    } else if (!this.#timer) {
      let before = this.#used();
      let at = performance.now();
      this.#timer = setInterval(() => {
        const used = this.#used();
        const now = performance.now();
        const share = Math.max(used - before, 0) / (now - at) / availableParallelism();
        [before, at] = [used, now];
        const most = this.#initial * MOST;
        if (share > 1 - FREE || freemem() < totalmem() * FREE_MEMORY || this.#places >= most) return;
        this.#places = Math.min(this.#places + Math.ceil(this.#initial / 2), most);
        more();
      }, LOOK_MS).unref();
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Milliseconds of the cores that the tasks have used; where that is not known, that everything has. */
  #used(): number {
    const groups = this.#groups();
    const table = readProcesses();
    if (table.length > 0) return table.reduce((sum, { group, cpuMs }) => (groups.has(group) ? sum + cpuMs : sum), 0);
    return cpus().reduce((sum, { times }) => sum + times.user + times.sys, 0);
  }
}
