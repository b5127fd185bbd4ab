import type { Database, Migration } from "./database.ts";

/**
 * Runs that are being removed: their root is gone already, what is left of them follows, also after a crash. Until then
 * no new run may have such a run's name, for it would get its actions.
 */
export const runRemovalsMigration: Migration = (db) =>
  db.exec(`CREATE TABLE run_removals (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    run TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER run_removals_hold BEFORE INSERT ON actions
    WHEN EXISTS (SELECT 1 FROM run_removals WHERE run = NEW.run AND domain = NEW.domain AND project = NEW.project)
    BEGIN SELECT RAISE(ABORT, 'the earlier run of this name is being removed; take another name, or try again'); END;
  CREATE INDEX actions_ended ON actions (ended_at) WHERE parent = '' AND ended_at IS NOT NULL`);

/** Pages that are given back to the disk at once. */
const FREED_PAGES = 500;

/** Whether the file of the database gets smaller when rows are deleted: databases are made so since retention is there. */
export function isShrinkable(db: Database): boolean {
  return (db.prepare("PRAGMA auto_vacuum").get() as { auto_vacuum: number }).auto_vacuum === 2;
}

/** Writes the whole database anew, once, so that it can get smaller; takes as much room again meanwhile. */
export function makeShrinkable(db: Database): void {
  db.exec("PRAGMA auto_vacuum = INCREMENTAL");
  db.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
}

/** Gives some pages that are not used back to the disk. False when that makes no difference any more. */
export function givePagesBack(db: Database): boolean {
  const free = () => (db.prepare("PRAGMA freelist_count").get() as { freelist_count: number }).freelist_count;
  const before = free();
  if (before === 0) return false;
  db.exec(`PRAGMA incremental_vacuum(${FREED_PAGES})`);
  return free() < before;
}
