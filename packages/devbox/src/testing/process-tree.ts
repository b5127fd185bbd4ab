import { readdirSync, readFileSync } from "node:fs";
import { DIRECTORY_VARIABLE } from "../apps/orphans.ts";

/** The processes of apps that belong to a data directory, whatever group they are in, by the kernel's own list. */
export function appProcesses(dir: string): number[] {
  const mark = `${DIRECTORY_VARIABLE}=${dir}\0`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}
