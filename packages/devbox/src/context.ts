import type { DevboxEvents } from "./events.ts";
import type { FaultSource } from "./faults/faults.ts";
import type { Database } from "./store/database.ts";
import type { SecretStore } from "./store/secrets.ts";

/** What every service and supervisor of one devbox shares. */
export interface DevboxContext {
  /** The data directory, absolute. */
  readonly dir: string;
  /** Base URL that clients, tasks and apps use: `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Certificate authorities that task and app processes are to trust, this devbox's own among them (a PEM file). */
  readonly trustFile: string;
  readonly db: Database;
  readonly events: DevboxEvents;
  /** What task and app processes ask for. */
  readonly secrets: SecretStore;
  /** `PATH` of task and app processes: the chosen Python's and this Node's directories come first. */
  readonly searchPath: string;
  /** One line about what the devbox does, for the terminal. */
  readonly log: (line: string) => void;
  /** Aborted when the devbox closes: open streams end, sleeping supervisors wake up. */
  readonly closing: AbortSignal;
  /** What a test lets go wrong. */
  readonly faults?: FaultSource;
}
