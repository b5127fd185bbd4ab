import { setTimeout as sleep } from "node:timers/promises";
import type { AppName, Apps } from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { App } from "@flyte-webhook/idl/flyteidl2/app/app_definition";

/** How long one watch lasts before the app is read again: a plane may say nothing of an app that does not change. */
const WATCH_MS = 1000;
/** A watch that ends at once must not become a busy loop. */
const PAUSE_MS = 250;

/**
 * The states of an app as they come, the present one first, without end: read, watched, and read again whenever the
 * watch is silent, breaks or ends. Where it tells the present state by itself nothing is read beside it: an open-source
 * plane's Get is older than its watch. Ends only by `signal`, whose reason it throws, or an error that time does not mend.
 */
export async function* appStates(apps: Apps, name: AppName, signal: AbortSignal): AsyncGenerator<App> {
  let isTold = false;
  for (;;) {
    signal.throwIfAborted();
    const round = AbortSignal.timeout(WATCH_MS);
    try {
      if (!isTold) yield await apps.get(name, { signal });
      isTold = false;
      for await (const state of apps.watch(name, { signal: AbortSignal.any([signal, round]) })) {
        isTold = true;
        yield state;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!round.aborted && !isPassing(error)) throw error;
    }
    await sleep(round.aborted ? 0 : PAUSE_MS, undefined, { signal });
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof FlyteWebhookError &&
    ["unavailable", "unimplemented", "canceled", "aborted", "deadline_exceeded"].includes(error.code)
  );
}
