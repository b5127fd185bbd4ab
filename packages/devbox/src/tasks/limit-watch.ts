import { join } from "node:path";
import { capLog, cutLog, logSize } from "../apps/app-log.ts";
import { diskUsage, mib } from "../disk-usage.ts";
import { AttemptProcesses } from "./attempt-processes.ts";
import { failure, type Outcome } from "./outcome.ts";
import { readProcesses } from "./process-table.ts";
import { ATTEMPT_FILES } from "./run-files.ts";
import type { TaskLimits } from "./task-limits.ts";
import { signalGroup } from "./task-process.ts";

/** Between two looks at the logs: a process writes gigabytes in a second. */
const LOOK_MS = 250;
/** Every how many of them the processes are counted. */
const COUNT_LOOKS = 4;
/** Between two measurements of a directory, and how many times the last one's duration at least. */
const MEASURE_MS = 5000;
const MEASURE_REST = 10;

export interface WatchedAttempt {
  /** Leader of its process group. */
  readonly pid: number;
  /** Holds the log, and is measured. */
  readonly directory: string;
  /** Of files given out by reference; measured as well where it is a directory of this machine. */
  readonly rawDirectory: string;
  /** Called once, with what the attempt ends as. */
  readonly exceeded: (outcome: Outcome) => void;
}

interface Entry extends WatchedAttempt {
  measureAt: number;
  measuring: boolean;
  /** Its log is being cut. */
  cutting: boolean;
}

/** Looks after attempts that run, all with one timer; without one there is none. */
export class LimitWatch {
  readonly #limits: TaskLimits;
  readonly #entries = new Set<Entry>();
  readonly #processes = new AttemptProcesses();
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;

  constructor(limits: TaskLimits) {
    this.#limits = limits;
  }

  /** Watches an attempt until what is returned is called. */
  add(attempt: WatchedAttempt): () => void {
    const entry: Entry = { ...attempt, measureAt: performance.now() + MEASURE_MS, measuring: false, cutting: false };
    this.#entries.add(entry);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return () => {
      this.#remove(entry);
      try {
        if (!entry.cutting) capLog(join(entry.directory, ATTEMPT_FILES.log), this.#limits.logBytes);
      } catch {
        // As below.
      }
    };
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    if (this.#entries.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #exceed(entry: Entry, message: string): void {
    if (!this.#entries.has(entry)) return;
    this.#remove(entry);
    entry.exceeded(failure(message));
  }

  #look(): void {
    const { processes } = this.#limits;
    const entries = [...this.#entries];
    for (const entry of entries) this.#cut(entry);
    if (this.#looks++ % COUNT_LOOKS !== 0) return;
    const sizes = this.#processes.count(readProcesses(), entries);
    for (const entry of entries) {
      const size = sizes.get(entry) ?? 0;
      if (size > processes) this.#exceed(entry, `the task had ${size} processes; it may have ${processes}`);
      else if (!entry.measuring && performance.now() >= entry.measureAt) void this.#measure(entry);
    }
  }

  /** The task stands still meanwhile, so that nothing of what it writes is lost. */
  #cut(entry: Entry): void {
    const log = join(entry.directory, ATTEMPT_FILES.log);
    const { logBytes } = this.#limits;
    if (entry.cutting || logSize(log) <= logBytes) return;
    entry.cutting = true;
    signalGroup(entry.pid, "SIGSTOP");
    cutLog(log, logBytes)
      // The file is within the task's reach. One that it took away, or put something else in the place of, stays as it is:
      // it may grow no further than what the task may write at all.
      .catch(() => undefined)
      .finally(() => {
        entry.cutting = false;
        signalGroup(entry.pid, "SIGCONT");
      });
  }

  /** Of a system that makes no process now nothing is known; it is asked again. */
  async #measure(entry: Entry): Promise<void> {
    const began = performance.now();
    entry.measuring = true;
    const sizes = await diskUsage([entry.directory, entry.rawDirectory].filter((path) => path.startsWith("/")));
    const now = performance.now();
    entry.measuring = false;
    entry.measureAt = now + Math.max(MEASURE_MS, (now - began) * MEASURE_REST);
    const bytes = [...(sizes?.values() ?? [])].reduce((sum, size) => sum + size, 0);
    const { directoryBytes } = this.#limits;
    if (bytes > directoryBytes)
      this.#exceed(entry, `the task wrote ${mib(bytes)} MiB; it may write ${mib(directoryBytes)}`);
  }
}
