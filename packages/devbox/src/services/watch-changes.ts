import type { DevboxEvents, RunChange } from "../events.ts";
import { ROOT_ACTION } from "../store/actions.ts";
import type { ChangeBatch } from "./change-batch.ts";
import { changeFeed } from "./change-feed.ts";

/** What is watched: those who watch the same share the batches of its changes. */
export interface Topic {
  readonly name: string;
  readonly matches: (change: RunChange) => boolean;
}

export const topics = {
  /** Root actions of all runs. */
  runs: { name: "runs", matches: ({ action }: RunChange) => action === ROOT_ACTION } satisfies Topic,
  domain: (project: string, domain: string): Topic => ({
    name: `${project}/${domain}`,
    matches: (change) => change.project === project && change.domain === domain,
  }),
  run: (project: string, domain: string, run: string): Topic => ({
    name: `${project}/${domain}/${run}`,
    matches: (change) => change.run === run && change.project === project && change.domain === domain,
  }),
  action: ({ project, domain, run, action }: RunChange): Topic => ({
    name: `${project}/${domain}/${run}/${action}`,
    matches: (change) =>
      change.run === run && change.action === action && change.project === project && change.domain === domain,
  }),
} as const;

/**
 * The changes of runs from the moment of the call on, as batches: what changes while the caller is busy with one batch
 * is told once, in the next. Ends without an error when the signal aborts (the client left, its deadline ran out, or
 * the devbox closes). Listening starts at once, so what is read after the call is never behind what is told.
 */
export function watchChanges(events: DevboxEvents, signal: AbortSignal, topic: Topic): AsyncIterable<ChangeBatch> {
  let pending: ChangeBatch | undefined;
  let wake = () => {};
  const follower = (batch: ChangeBatch) => {
    pending = pending?.and(batch) ?? batch;
    wake();
  };
  const feed = changeFeed(events, topic.name, topic.matches);
  const end = () => {
    feed.leave(follower);
    wake();
  };
  feed.follow(follower);
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return {
    async *[Symbol.asyncIterator]() {
      try {
        while (!signal.aborted) {
          if (pending === undefined) await new Promise<void>((resolve) => (wake = resolve));
          const batch = pending;
          pending = undefined;
          if (batch !== undefined && !signal.aborted) yield batch;
        }
      } finally {
        signal.removeEventListener("abort", end);
        end();
      }
    },
  };
}
