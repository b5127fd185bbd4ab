import { setTimeout as sleep } from "node:timers/promises";
import { attemptOf } from "./attempt-processes.ts";
import { readProcesses } from "./process-table.ts";

/** Looks for what is left, 10 ms apart. */
const LOOKS = 100;

/**
 * Ends what an attempt has left running outside of its process group, as a container takes all of its processes with it.
 * On Linux, where the environment and the working directory of processes tell whose they are; a process that replaced
 * both is not found.
 */
export async function endStrays(directory: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const left = readProcesses().filter((one) => one.pid !== process.pid && attemptOf(one, [directory]) !== undefined);
    // What ends stays in the list until its parent has noticed, but works nowhere and has no environment.
    if (left.length === 0) return;
    for (const { pid } of left) kill(pid);
    await sleep(10);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It has ended, or has become another user's.
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
