import { setTimeout as sleep } from "node:timers/promises";
import type { DevboxEvents, RunChange } from "../events.ts";

/**
 * From one batch to the next, at least, in milliseconds: many who watch a run that changes fast cost little more than one,
 * and a person or a waiting task notices nothing. What comes after a quiet moment is told at once.
 */
const PAUSE_MS = 40;

/**
 * The changes of runs from the moment of the call on, as batches: what changes while the caller is busy with one batch
 * is told once, in the next. Ends without an error when the signal aborts (the client left, its deadline ran out, or
 * the devbox closes). Listening starts at once, so what is read after the call is never behind what is told.
 */
export function watchChanges(
  events: DevboxEvents,
  signal: AbortSignal,
  matches: (change: RunChange) => boolean,
): AsyncIterable<RunChange[]> {
  const pending = new Map<string, RunChange>();
  let wake = () => {};
  const listener = (change: RunChange) => {
    if (!matches(change)) return;
    pending.set(`${change.project}/${change.domain}/${change.run}/${change.action}`, change);
    wake();
  };
  const end = () => {
    events.off("run", listener);
    wake();
  };
  events.on("run", listener);
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return {
    async *[Symbol.asyncIterator]() {
      try {
        let told = Number.NEGATIVE_INFINITY;
        while (!signal.aborted) {
          if (pending.size === 0) await new Promise<void>((resolve) => (wake = resolve));
          const early = told + PAUSE_MS - performance.now();
          if (early > 0) await sleep(early);
          told = performance.now();
          const batch = [...pending.values()];
          pending.clear();
          if (batch.length > 0 && !signal.aborted) yield batch;
        }
      } finally {
        signal.removeEventListener("abort", end);
        end();
      }
    },
  };
}
