import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { capLog } from "../apps/app-log.ts";
import { statFields } from "../apps/process-identity.ts";
import { failure, type Outcome } from "./outcome.ts";
import { ATTEMPT_FILES } from "./run-files.ts";
import type { TaskLimits } from "./task-limits.ts";

/** Between two looks at logs and processes. */
const LOOK_MS = 1000;
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
}

/** Looks after attempts that run, all with one timer; without one there is none. */
export class LimitWatch {
  readonly #limits: TaskLimits;
  readonly #entries = new Set<Entry>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: TaskLimits) {
    this.#limits = limits;
  }

  /** Watches an attempt until what is returned is called. */
  add(attempt: WatchedAttempt): () => void {
    const entry: Entry = { ...attempt, measureAt: performance.now() + MEASURE_MS, measuring: false };
    this.#entries.add(entry);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return () => {
      capLog(join(entry.directory, ATTEMPT_FILES.log), this.#limits.logBytes);
      this.#remove(entry);
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
    const { logBytes, processes } = this.#limits;
    const sizes = groupSizes();
    for (const entry of [...this.#entries]) {
      capLog(join(entry.directory, ATTEMPT_FILES.log), logBytes);
      const size = sizes.get(entry.pid) ?? 0;
      if (size > processes) this.#exceed(entry, `the task had ${size} processes; it may have ${processes}`);
      else if (!entry.measuring && performance.now() >= entry.measureAt) this.#measure(entry);
    }
  }

  #measure(entry: Entry): void {
    const began = performance.now();
    const directories = [entry.directory, entry.rawDirectory].filter((path) => path.startsWith("/"));
    entry.measuring = true;
    // Its own process: a tree of many files is not to be walked here. What is not there is no error that matters.
    execFile("du", ["-sk", "--", ...directories], (_error, stdout) => {
      const now = performance.now();
      entry.measuring = false;
      entry.measureAt = now + Math.max(MEASURE_MS, (now - began) * MEASURE_REST);
      const bytes = [...stdout.matchAll(/^(\d+)\s/gm)].reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0);
      const { directoryBytes } = this.#limits;
      if (bytes > directoryBytes)
        this.#exceed(entry, `the task wrote ${mib(bytes)} MiB; it may write ${mib(directoryBytes)}`);
    });
  }
}

const mib = (bytes: number): number => Math.round(bytes / 1024 / 1024);

/** How many processes each process group has; nothing where there is no `/proc`. */
function groupSizes(): Map<number, number> {
  const sizes = new Map<number, number>();
  if (process.platform !== "linux") return sizes;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const group = Number(statFields(name)[2]);
      sizes.set(group, (sizes.get(group) ?? 0) + 1);
    } catch {
      // It ended in the meantime.
    }
  }
  return sizes;
}
