import { mkdir, open, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between two signs of life of who holds a lock, and after which one without them is held by nobody. */
const ALIVE_MS = 1000;
const STALE_MS = 10_000;
const ASK_MS = 50;

/**
 * Does a piece of work while no other process of this machine does one under the same lock file. The lock of a process
 * that ended is taken over. Where no file can be made (a read-only home) the work is done all the same.
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const release = await acquire(file);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(file: string): Promise<() => Promise<void>> {
  const owner = `${process.pid} ${hostname()}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch(() => {});
  for (;;) {
    try {
      const handle = await open(file, "wx", 0o600);
      await handle.writeFile(owner);
      await handle.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return async () => {};
    }
    if (await isAbandoned(file)) await rm(file, { force: true });
    else await sleep(ASK_MS);
  }
  const alive = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), ALIVE_MS).unref();
  return async () => {
    clearInterval(alive);
    await rm(file, { force: true });
  };
}

async function isAbandoned(file: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
    if (Date.now() - mtimeMs > STALE_MS) return true;
    const [pid, host] = text.split(" ");
    // In another container a number means another process.
    return host === hostname() && !isRunning(Number(pid));
  } catch {
    // It is gone, or just being made.
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
