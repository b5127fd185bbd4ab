import type { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import type { Database, Migration } from "./database.ts";

/** Attempts count from 1. `process` tells a process from a later one with the same pid. */
export const attemptsMigration: Migration = (db) =>
  db.exec(`CREATE TABLE attempts (
    action_id INTEGER NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    queued_at INTEGER,
    running_at INTEGER,
    ended_at INTEGER,
    pid INTEGER,
    process TEXT,
    cache_status INTEGER NOT NULL DEFAULT 0,
    error BLOB,
    PRIMARY KEY (action_id, attempt)
  ) WITHOUT ROWID;
  CREATE INDEX attempts_open ON attempts (action_id) WHERE ended_at IS NULL`);

export interface AttemptRow {
  readonly action_id: number;
  readonly attempt: number;
  readonly phase: ActionPhase;
  /** When its container was asked for; null for what needs none. */
  readonly queued_at: number | null;
  readonly running_at: number | null;
  readonly ended_at: number | null;
  readonly pid: number | null;
  readonly process: string | null;
  readonly cache_status: number;
  readonly error: Uint8Array | null;
}

export type NewAttempt = Pick<AttemptRow, "action_id" | "attempt" | "phase"> & Partial<AttemptRow>;

export interface AttemptEnd {
  readonly phase: ActionPhase;
  readonly at: number;
  readonly error?: Uint8Array | undefined;
  readonly cacheStatus?: number | undefined;
}

export type Attempts = ReturnType<typeof attempts>;

export function attempts(db: Database) {
  const insert = db.prepare(`INSERT INTO attempts
    (action_id, attempt, phase, queued_at, running_at, ended_at, pid, process, cache_status, error)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const remove = db.prepare("DELETE FROM attempts WHERE action_id = ? AND attempt = ?");
  const setRunning = db.prepare(
    "UPDATE attempts SET phase = ?, running_at = ?, pid = ?, process = ? WHERE action_id = ? AND attempt = ?",
  );
  const setEnd = db.prepare(`UPDATE attempts SET phase = ?, ended_at = ?, error = ?, cache_status = ?
    WHERE action_id = ? AND attempt = ? AND ended_at IS NULL`);
  const of = db.prepare("SELECT * FROM attempts WHERE action_id = ? ORDER BY attempt");
  const one = db.prepare("SELECT * FROM attempts WHERE action_id = ? AND attempt = ?");
  const open = db.prepare("SELECT * FROM attempts WHERE ended_at IS NULL ORDER BY action_id");
  return {
    create: (row: NewAttempt) =>
      insert.run(
        row.action_id,
        row.attempt,
        row.phase,
        row.queued_at ?? null,
        row.running_at ?? null,
        row.ended_at ?? null,
        row.pid ?? null,
        row.process ?? null,
        row.cache_status ?? 0,
        row.error ?? null,
      ),
    remove: (actionId: number, attempt: number) => remove.run(actionId, attempt),
    setRunning: (actionId: number, attempt: number, phase: ActionPhase, at: number, pid: number, process: string) =>
      setRunning.run(phase, at, pid, process, actionId, attempt),
    end: (actionId: number, attempt: number, { phase, at, error, cacheStatus }: AttemptEnd) =>
      setEnd.run(phase, at, error ?? null, cacheStatus ?? 0, actionId, attempt),
    of: (actionId: number) => of.all(actionId) as unknown as AttemptRow[],
    get: (actionId: number, attempt: number) => one.get(actionId, attempt) as AttemptRow | undefined,
    /** Attempts that have not ended, also those of actions that have. */
    open: () => open.all() as unknown as AttemptRow[],
  };
}
