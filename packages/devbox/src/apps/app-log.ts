import { closeSync, fstatSync, ftruncateSync, lstatSync, openSync, readSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Bytes after which a log loses its older half. */
export const MAX_LOG_BYTES = 8 * 1024 * 1024;
/** Bytes that are looked at for the last lines of a crash. */
const TAIL_BYTES = 8 * 1024;
const CHUNK_BYTES = 64 * 1024;
const FOLLOW_MS = 200;

/** 0 for what is no file, or is not to be looked at: a process may have put a link or a pipe in its place. */
export const logSize = (file: string): number => {
  try {
    const found = lstatSync(file, { throwIfNoEntry: false });
    return found?.isFile() ? found.size : 0;
  } catch {
    return 0;
  }
};

/**
 * Cuts a log that grew too large to its newer half, in place, behind a line that says so: the process appends to this
 * very file. What it writes within the microseconds between reading and cutting is lost.
 */
export function capLog(file: string, maxBytes: number = MAX_LOG_BYTES): void {
  if (logSize(file) <= maxBytes) return;
  const keptBytes = Math.floor(maxBytes / 2);
  const fd = openSync(file, "r+");
  try {
    const kept = Buffer.alloc(keptBytes);
    const length = readSync(fd, kept, 0, keptBytes, fstatSync(fd).size - keptBytes);
    const newer = kept.subarray(kept.indexOf("\n") + 1, length);
    ftruncateSync(fd, 0);
    writeSync(fd, Buffer.concat([noticeOf(maxBytes), newer]), 0, undefined, 0);
  } finally {
    closeSync(fd);
  }
}

/** As {@link capLog}, but nothing waits for it: of a file of gigabytes that takes a second. */
export async function cutLog(file: string, maxBytes: number): Promise<void> {
  if (logSize(file) <= maxBytes) return;
  const keptBytes = Math.floor(maxBytes / 2);
  const handle = await open(file, "r+");
  try {
    const kept = Buffer.alloc(keptBytes);
    const { size } = await handle.stat();
    const { bytesRead } = await handle.read(kept, 0, keptBytes, size - keptBytes);
    await handle.truncate(0);
    await handle.write(
      Buffer.concat([noticeOf(maxBytes), kept.subarray(kept.indexOf("\n") + 1, bytesRead)]),
      0,
      null,
      0,
    );
  } finally {
    await handle.close();
  }
}

const noticeOf = (maxBytes: number) =>
  Buffer.from(`[devbox] lines are left out here: the log grew beyond ${maxBytes} bytes\n`);

/** The last lines written after offset `from`, without blank ones. */
export function lastLines(file: string, from: number, count: number): string[] {
  const size = logSize(file);
  // A cut log is shorter than where its process began.
  const start = Math.max(from > size ? 0 : from, size - TAIL_BYTES);
  return read(file, start, TAIL_BYTES)
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count);
}

/** The lines of a log in batches, then new ones as they come, until `live()` is false and all is read. */
export async function* followLog(file: string, live: () => boolean, signal: AbortSignal): AsyncGenerator<string[]> {
  let offset = 0;
  let rest = Buffer.alloc(0);
  while (!signal.aborted) {
    const alive = live();
    if (logSize(file) < offset) offset = 0;
    const chunk = read(file, offset, CHUNK_BYTES);
    offset += chunk.length;
    rest = Buffer.concat([rest, chunk]);
    const end = rest.lastIndexOf("\n");
    if (end >= 0) yield rest.subarray(0, end).toString("utf8").split("\n");
    rest = rest.subarray(end + 1);
    if (chunk.length > 0) continue;
    if (!alive) break;
    await sleep(FOLLOW_MS, undefined, { signal }).catch(() => undefined);
  }
  if (rest.length > 0) yield [rest.toString("utf8")];
}

function read(file: string, offset: number, length: number): Buffer {
  if (logSize(file) <= offset) return Buffer.alloc(0);
  const fd = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(fd, buffer, 0, length, offset));
  } finally {
    closeSync(fd);
  }
}
