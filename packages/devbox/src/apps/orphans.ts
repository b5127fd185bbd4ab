import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { RecordedProcess } from "../store/apps.ts";
import { signalGroup } from "./app-process.ts";
import { processIdentity } from "./process-identity.ts";

/** Set for every process of an app, to the data directory of the devbox it belongs to. */
export const DIRECTORY_VARIABLE = "FLYTE_DEVBOX_DIR";

/** Looks for what is left, 10 ms apart. */
const LOOKS = 200;

/**
 * Ends the processes of apps that a devbox which was killed left behind, and waits until they are gone, so that their
 * ports are free. The records name the groups whose leader still runs. On Linux the environment of all processes is
 * looked at as well: it tells those whose leader has ended, and those that were started but not recorded any more.
 */
export async function endOrphans(dir: string, recorded: readonly RecordedProcess[]): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const leaders = recorded.filter(({ pid, identity }) => identity !== "" && processIdentity(pid) === identity);
    const marked = markedProcesses(DIRECTORY_VARIABLE, dir);
    if (leaders.length === 0 && marked.length === 0) return;
    for (const { pid } of leaders) signalGroup(pid, "SIGKILL");
    for (const pid of marked) kill(pid);
    await sleep(10);
  }
}

/** Processes that began with a variable set to that value, by the kernel's own list; none where there is no such list. */
export function markedProcesses(variable: string, value: string): number[] {
  if (process.platform !== "linux") return [];
  const mark = `\0${variable}=${value}\0`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && `\0${environmentOf(pid)}`.includes(mark));
}

/** Empty for a process that is gone, has ended, or is another user's. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
