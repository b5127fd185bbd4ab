import { open } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { LogLineOriginator } from "@flyte-webhook/idl/flyteidl2/logs/dataplane/payload";
import { OPEN_LOG } from "../tasks/log-tail.ts";
import { ATTEMPT_FILES } from "../tasks/run-files.ts";

const CHUNK_BYTES = 64 * 1024;
/** A line that is longer is told in parts. */
const MAX_LINE = 64 * 1024;
const POLL_MS = 200;

/** The lines of an attempt's log in batches, those written while it runs too. Ends when it has ended, or the signal aborts. */
export async function* tailLogs(directory: string, hasEnded: () => boolean, signal: AbortSignal) {
  const file = await open(join(directory, ATTEMPT_FILES.log), OPEN_LOG).catch(() => undefined);
  if (!file) return;
  try {
    if (!(await file.stat()).isFile()) return;
    const decoder = new StringDecoder();
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let rest = "";
    let offset = 0;
    while (!signal.aborted) {
      // Asked before reading: what was written before the end is then certain to be read.
      const last = hasEnded();
      // A log that grew too large was cut to its newer half.
      if ((await file.stat()).size < offset) offset = 0;
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, offset);
      offset += bytesRead;
      if (bytesRead === 0) {
        if (last) break;
        await sleep(POLL_MS, undefined, { signal }).catch(() => {});
        continue;
      }
      const lines = (rest + decoder.write(buffer.subarray(0, bytesRead))).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > MAX_LINE) {
        lines.push(rest);
        rest = "";
      }
      if (lines.length > 0) yield batchOf(lines);
    }
    if (rest !== "" && !signal.aborted) yield batchOf([rest]);
  } finally {
    await file.close();
  }
}

function batchOf(lines: string[]) {
  return { logs: [{ lines: lines.map((message) => ({ message, originator: LogLineOriginator.USER })) }] };
}
