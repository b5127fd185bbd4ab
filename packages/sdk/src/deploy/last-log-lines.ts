import type { AppName, Apps } from "@flyte-webhook/client";
import { writtenLines } from "./written-lines.ts";

/** Milliseconds that reading the log takes at most; one that is written all the time has no pause. */
const READ_MS = 4000;

/** The last lines an app wrote; none when the control plane has no log of it. */
export async function lastLogLines(apps: Apps, name: AppName, count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  try {
    for await (const line of writtenLines(apps, name, AbortSignal.timeout(READ_MS))) {
      lines.push(line.trimEnd());
      if (lines.length > count) lines.shift();
    }
  } catch {
    // The log only explains a failure that is reported anyway.
  }
  return lines;
}
