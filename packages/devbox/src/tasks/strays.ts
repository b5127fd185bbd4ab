import { setTimeout as sleep } from "node:timers/promises";
import { markedProcesses } from "../apps/orphans.ts";

/** Set for every process of an attempt, to the attempt's directory. */
export const ATTEMPT_VARIABLE = "FLYTE_DEVBOX_ATTEMPT";

/** Looks for what is left, 10 ms apart. */
const LOOKS = 100;

/**
 * Ends what an attempt has left running outside of its process group, as a container takes all of its processes with it.
 * On Linux, where the environment of processes tells whose they are; a process that replaced its own is not found.
 */
export async function endStrays(directory: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const left = markedProcesses(ATTEMPT_VARIABLE, directory);
    if (left.length === 0) return;
    for (const pid of left) kill(pid);
    await sleep(10);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
