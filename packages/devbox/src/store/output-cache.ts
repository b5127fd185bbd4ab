import type { Database, Migration } from "./database.ts";
import { nowMicros } from "./time.ts";

/** Outputs of tasks that may be reused, in binary form, by what makes them the same. */
export const outputCacheMigration: Migration = (db) =>
  db.exec(`CREATE TABLE output_cache (
    key BLOB PRIMARY KEY,
    outputs BLOB NOT NULL,
    created_at INTEGER NOT NULL
  )`);

export interface OutputCache {
  /** Undefined also for what was put in more than `maxAgeMs` ago, unless that is 0. */
  get(key: Uint8Array, maxAgeMs: number): Uint8Array | undefined;
  put(key: Uint8Array, outputs: Uint8Array): void;
}

export function outputCache(db: Database): OutputCache {
  const select = db.prepare("SELECT outputs FROM output_cache WHERE key = ? AND created_at >= ?");
  const upsert = db.prepare("INSERT OR REPLACE INTO output_cache (key, outputs, created_at) VALUES (?, ?, ?)");
  return {
    get: (key, maxAgeMs) => {
      const oldest = maxAgeMs > 0 ? Date.now() * 1000 - Math.round(maxAgeMs * 1000) : 0;
      return (select.get(key, oldest) as { outputs: Uint8Array } | undefined)?.outputs;
    },
    put: (key, outputs) => upsert.run(key, outputs, nowMicros()),
  };
}
