/**
 * The devbox's one SQLite file. WAL with `synchronous = NORMAL`: a commit is in the log file before the caller is
 * answered, so `kill -9` loses nothing acknowledged; only a power cut may lose the last commits, never the database.
 * One connection, one writer: everything here is synchronous and runs on the main thread.
 */
import { chmodSync, closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { FlyteWebhookError } from "@flyte-webhook/core";

export type Database = DatabaseSync;

/** One step of the schema; its position in the list is its version, so steps are only ever appended. */
export type Migration = (db: Database) => void;

/** SQLite's name for a database that is no file. */
export const IN_MEMORY = ":memory:";

export function openDatabase(file: string, migrations: readonly Migration[]): Database {
  if (file !== IN_MEMORY) {
    // It holds secrets; the files beside it get the mode that it has.
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
  }
  const db = new DatabaseSync(file);
  // Takes effect in a new database alone, and only before anything is written: its file can get smaller again.
  db.exec("PRAGMA auto_vacuum = INCREMENTAL");
  db.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000;",
  );
  migrate(db, migrations, file);
  return db;
}

function migrate(db: Database, migrations: readonly Migration[], file: string): void {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > migrations.length) {
    throw new FlyteWebhookError("invalid_config", `${file} was written by a newer devbox (schema ${version})`, {
      hint: "Use the newer flyte-webhook, or another --dir.",
    });
  }
  for (const [index, step] of migrations.entries()) {
    if (index < version) continue;
    transaction(db, () => {
      step(db);
      db.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

/** Runs `work` in one transaction; whatever it throws rolls everything back. Not re-entrant. */
export function transaction<T>(db: Database, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
