import type { RunChange } from "../events.ts";

/**
 * The actions that have changed since the batch before. Watchers of the same thing are given the same batch, and what
 * one of them has made of it serves the others too.
 */
export class ChangeBatch implements Iterable<RunChange> {
  readonly #changes: ReadonlyMap<string, RunChange>;
  readonly #made = new Map<string, unknown>();

  constructor(changes: ReadonlyMap<string, RunChange>) {
    this.#changes = changes;
  }

  [Symbol.iterator](): Iterator<RunChange> {
    return this.#changes.values();
  }

  /** What `make` returns, called once for all watchers that make the same of the batch, as `what` says. */
  once<T>(what: string, make: () => T): T {
    if (!this.#made.has(what)) this.#made.set(what, make());
    return this.#made.get(what) as T;
  }

  /** Both as one, each action once: for a watcher that has not got to the first one yet. */
  and(later: ChangeBatch): ChangeBatch {
    return new ChangeBatch(new Map([...this.#changes, ...later.#changes]));
  }
}
