import type { DevboxEvents, RunChange } from "../events.ts";
import { ChangeBatch } from "./change-batch.ts";

/**
 * From one batch to the next, at least, in milliseconds: many who watch a run that changes fast cost little more than one,
 * and a person or a waiting task notices nothing. What comes after a quiet moment is told at once.
 */
const PAUSE_MS = 40;

type Follower = (batch: ChangeBatch) => void;

/** Gathers the changes of one thing, and tells them to all who watch it at the same time. */
export class ChangeFeed {
  readonly #followers = new Set<Follower>();
  readonly #end: () => void;
  #pending = new Map<string, RunChange>();
  #timer: NodeJS.Timeout | undefined;
  #told = Number.NEGATIVE_INFINITY;

  constructor(events: DevboxEvents, matches: (change: RunChange) => boolean, ended: () => void) {
    const listener = (change: RunChange) => {
      if (matches(change)) this.#add(change);
    };
    events.on("run", listener);
    this.#end = () => {
      events.off("run", listener);
      clearTimeout(this.#timer);
      ended();
    };
  }

  /** Told from now on, until it leaves. */
  follow(follower: Follower): void {
    this.#followers.add(follower);
  }

  /** The feed of nobody ends. */
  leave(follower: Follower): void {
    if (this.#followers.delete(follower) && this.#followers.size === 0) this.#end();
  }

  #add(change: RunChange): void {
    this.#pending.set(`${change.project}/${change.domain}/${change.run}/${change.action}`, change);
    this.#timer ??= setTimeout(() => this.#tell(), Math.max(0, this.#told + PAUSE_MS - performance.now()));
  }

  #tell(): void {
    this.#timer = undefined;
    this.#told = performance.now();
    const batch = new ChangeBatch(this.#pending);
    this.#pending = new Map();
    for (const follower of this.#followers) follower(batch);
  }
}

const feeds = new WeakMap<DevboxEvents, Map<string, ChangeFeed>>();

/** The feed of what `topic` names; the same topic always comes with the same `matches`. */
export function changeFeed(events: DevboxEvents, topic: string, matches: (change: RunChange) => boolean): ChangeFeed {
  const known = feeds.get(events) ?? new Map<string, ChangeFeed>();
  feeds.set(events, known);
  const open = known.get(topic);
  if (open) return open;
  const feed = new ChangeFeed(events, matches, () => known.delete(topic));
  known.set(topic, feed);
  return feed;
}
