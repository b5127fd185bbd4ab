import { setTimeout as sleep } from "node:timers/promises";
import type { AppProcess } from "./app-process.ts";
import { accepts } from "./free-port.ts";
import { groupListensOn } from "./port-owner.ts";

/** Where an app's process takes connections. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = ["127.0.0.1", "::1"];
/** Milliseconds between two looks; the first ones come quickly, for apps that start in no time. */
const PROBE_MS = [20, 20, 20, 40, 40, 80, 100, 150];

/**
 * Waits until the process takes TCP connections on the port it was given, or on the port its app declares: many apps
 * ignore `PORT`. The latter counts only when this very process listens there. Undefined when it ended before or when
 * `timeoutMs` ran out.
 */
export async function untilListening(
  child: AppProcess,
  port: number,
  declaredPort: number | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Target | undefined> {
  const { pid } = child;
  if (pid === undefined) return undefined;
  let ended = false;
  child.exited.then(() => {
    ended = true;
  });
  const deadline = performance.now() + timeoutMs;
  for (let look = 0; !ended && !signal.aborted && performance.now() < deadline; look++) {
    for (const host of LOOPBACK) {
      if (await accepts(host, port)) return ended ? undefined : { host, port };
    }
    if (declaredPort !== undefined && declaredPort !== port && groupListensOn(pid, declaredPort)) {
      for (const host of LOOPBACK) {
        if (await accepts(host, declaredPort)) return ended ? undefined : { host, port: declaredPort };
      }
    }
    await sleep(PROBE_MS[Math.min(look, PROBE_MS.length - 1)], undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
