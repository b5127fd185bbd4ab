import { readFileSync, readlinkSync } from "node:fs";
import type { ListedProcess } from "./process-table.ts";

/** Set for every process of an attempt, to the attempt's directory. */
export const ATTEMPT_VARIABLE = "FLYTE_DEVBOX_ATTEMPT";

/** Parent of processes whose own has ended. */
const INIT = 1;

/** An attempt by the leader of its process group and its directory. */
export interface AttemptGroup {
  readonly pid: number;
  readonly directory: string;
}

interface KnownProcess {
  readonly startedAt: string;
  readonly directory: string | undefined;
}

/**
 * Which of the machine's processes belong to which attempt: those of its process group, what descends from them, and
 * what has left both (a daemon's child is init's), by its environment or its working directory. Those are read once
 * for each process, because there may be many.
 */
export class AttemptProcesses {
  /** By pid, of what was last looked at: the directory of its attempt, if it has one. */
  #known = new Map<number, KnownProcess>();

  /** How many processes each attempt has. */
  count(table: readonly ListedProcess[], attempts: readonly AttemptGroup[]): Map<AttemptGroup, number> {
    const byGroup = new Map(attempts.map((attempt) => [attempt.pid, attempt]));
    const byDirectory = new Map(attempts.map((attempt) => [attempt.directory, attempt]));
    const byPid = new Map(table.map((one) => [one.pid, one]));
    const found = new Map<number, AttemptGroup | undefined>();
    const known = new Map<number, KnownProcess>();
    const ownerOf = (one: ListedProcess): AttemptGroup | undefined => {
      if (found.has(one.pid)) return found.get(one.pid);
      found.set(one.pid, undefined);
      let owner = byGroup.get(one.group);
      const parent = byPid.get(one.parent);
      if (!owner && parent) owner = ownerOf(parent);
      if (!owner) {
        const before = this.#known.get(one.pid);
        const directory =
          before?.startedAt === one.startedAt ? before.directory : attemptOf(one, [...byDirectory.keys()]);
        known.set(one.pid, { startedAt: one.startedAt, directory });
        owner = directory === undefined ? undefined : byDirectory.get(directory);
      }
      found.set(one.pid, owner);
      return owner;
    };
    const counts = new Map<AttemptGroup, number>();
    for (const one of table) {
      const owner = ownerOf(one);
      if (owner) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    this.#known = known;
    return counts;
  }
}

/**
 * The attempt's directory that a process names in its environment; of a daemon, which has replaced that, the one it works
 * below. Undefined when it is none of those, and for a process that is gone or another user's. Who looks into the
 * directory of a task with a shell is not taken for a part of it.
 */
export function attemptOf(
  { pid, parent, terminal }: ListedProcess,
  directories: readonly string[],
): string | undefined {
  const environment = textOf(() => `\0${readFileSync(`/proc/${pid}/environ`, "utf8")}`);
  const named = directories.find((directory) => environment.includes(`\0${ATTEMPT_VARIABLE}=${directory}\0`));
  if (named !== undefined || parent !== INIT || terminal) return named;
  const path = textOf(() => `${readlinkSync(`/proc/${pid}/cwd`)}/`);
  return directories.find((directory) => path.startsWith(`${directory}/`));
}

function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
