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
  get(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, outputs: Uint8Array): void;
}

export function outputCache(db: Database): OutputCache {
  const select = db.prepare("SELECT outputs FROM output_cache WHERE key = ?");
  const upsert = db.prepare("INSERT OR REPLACE INTO output_cache (key, outputs, created_at) VALUES (?, ?, ?)");
  return {
    get: (key) => (select.get(key) as { outputs: Uint8Array } | undefined)?.outputs,
    put: (key, outputs) => upsert.run(key, outputs, nowMicros()),
  };
}
