import { EventEmitter } from "node:events";

/** An action of a run has a new phase, attempt, or abort; read the state from the store. */
export interface RunChange {
  readonly project: string;
  readonly domain: string;
  readonly run: string;
  readonly action: string;
}

/** An app was created, changed its spec or status, or was deleted; read the state from the store. */
export interface AppChange {
  readonly kind: "created" | "updated" | "deleted";
  readonly project: string;
  readonly domain: string;
  readonly name: string;
}

/** A trigger was deployed, switched, fired or deleted; read the state from the store. */
export interface TriggerChange {
  readonly project: string;
  readonly domain: string;
  readonly taskName: string;
  readonly name: string;
}

/**
 * What happened in one devbox, told after the transaction that wrote it. Listeners get keys, not states: whoever
 * listens reads the store, so a slow watcher skips states instead of queueing them.
 */
export class DevboxEvents extends EventEmitter<{ run: [RunChange]; app: [AppChange]; trigger: [TriggerChange] }> {
  constructor() {
    super();
    // Every open watch is a listener; their number is bounded by connections, not by a leak check.
    this.setMaxListeners(0);
  }
}
