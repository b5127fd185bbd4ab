import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Metadata, MetadataSchema } from "@flyte-webhook/idl/flyteidl2/cacheservice/cacheservice";
import type { Database, Migration } from "./database.ts";

/** What clients of CacheService keep; the outputs that the devbox itself reuses are in `output_cache`. */
export const cacheEntriesMigration: Migration = (db) =>
  db.exec(`CREATE TABLE cache_entries (
    key TEXT PRIMARY KEY,
    output_uri TEXT NOT NULL,
    metadata BLOB NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE cache_reservations (
    key TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    heartbeat_ms INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT`);

export interface CacheEntry {
  readonly outputUri: string;
  readonly metadata: Metadata;
  /** Milliseconds since 1970, as every time here. */
  readonly updatedAtMs: number;
}

export interface CacheReservation {
  readonly owner: string;
  readonly heartbeatMs: number;
  readonly expiresAtMs: number;
}

export class CacheEntries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get(key: string): CacheEntry | undefined {
    const row = this.#db.prepare("SELECT * FROM cache_entries WHERE key = ?").get(key) as
      | { output_uri: string; metadata: Uint8Array; updated_at: number }
      | undefined;
    if (!row) return undefined;
    return {
      outputUri: row.output_uri,
      metadata: fromBinary(MetadataSchema, row.metadata),
      updatedAtMs: row.updated_at,
    };
  }

  put(key: string, { outputUri, metadata, updatedAtMs }: CacheEntry): void {
    this.#db
      .prepare("INSERT OR REPLACE INTO cache_entries (key, output_uri, metadata, updated_at) VALUES (?, ?, ?, ?)")
      .run(key, outputUri, toBinary(MetadataSchema, metadata), updatedAtMs);
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    return this.#db.prepare("DELETE FROM cache_entries WHERE key = ?").run(key).changes > 0;
  }

  /** Takes or extends a reservation, unless another owner has it still. Answers with the one that holds. */
  reserve(key: string, { owner, heartbeatMs, expiresAtMs }: CacheReservation, nowMs: number): CacheReservation {
    this.#db
      .prepare(
        `INSERT INTO cache_reservations (key, owner, heartbeat_ms, expires_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET owner = ?2, heartbeat_ms = ?3, expires_at = ?4
         WHERE cache_reservations.owner = ?2 OR cache_reservations.expires_at <= ?5`,
      )
      .run(key, owner, heartbeatMs, expiresAtMs, nowMs);
    const row = this.#db.prepare("SELECT * FROM cache_reservations WHERE key = ?").get(key) as {
      owner: string;
      heartbeat_ms: number;
      expires_at: number;
    };
    return { owner: row.owner, heartbeatMs: row.heartbeat_ms, expiresAtMs: row.expires_at };
  }

  release(key: string, owner: string): void {
    this.#db.prepare("DELETE FROM cache_reservations WHERE key = ? AND owner = ?").run(key, owner);
  }
}
