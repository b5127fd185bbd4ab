import { readdirSync } from "node:fs";
import { statFields } from "../apps/process-identity.ts";

export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  /** The leader of its process group. */
  readonly group: number;
  readonly terminal: boolean;
  readonly cpuMs: number;
  /** With the pid, what tells it from a later process. */
  readonly startedAt: string;
}

/** Linux counts the time of processes in hundredths of a second, whatever the kernel's own clock does. */
const MS_OF_TICK = 10;

/** All processes of the machine; none where there is no `/proc`. */
export function readProcesses(): ListedProcess[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = statFields(name);
      const number = (field: number) => Number(fields[field]);
      const cpuMs = (number(11) + number(12)) * MS_OF_TICK;
      const [parent, group, terminal] = [number(1), number(2), number(4) !== 0];
      return [{ pid: Number(name), parent, group, terminal, cpuMs, startedAt: fields[19] ?? "" }];
    } catch {
      // It ended in the meantime.
      return [];
    }
  });
}
