import type { SQLInputValue } from "node:sqlite";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { ActionType, RunSource } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { Database, Migration } from "./database.ts";
import { type Columns, type Condition, joined } from "./list-query.ts";
import { Statements } from "./statements.ts";
import { microsFromText } from "./tasks.ts";

export interface ActionKey {
  readonly project: string;
  readonly domain: string;
  readonly run: string;
  readonly action: string;
}

/** The root action of a run is always `a0`. */
export const ROOT_ACTION = "a0";

/** A run is its root action `a0`. Times are microseconds since 1970, messages are in binary form. */
export const actionsMigration: Migration = (db) =>
  db.exec(`CREATE TABLE actions (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    run TEXT NOT NULL,
    name TEXT NOT NULL,
    phase INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 1,
    cache_status INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    expires_at INTEGER,
    source INTEGER NOT NULL,
    task_name TEXT NOT NULL,
    task_version TEXT NOT NULL,
    trigger_name TEXT,
    metadata BLOB NOT NULL,
    spec BLOB NOT NULL,
    run_spec BLOB NOT NULL,
    input_uri TEXT NOT NULL,
    inputs_hash TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    error BLOB,
    abort_reason TEXT,
    aborted_by TEXT,
    UNIQUE (project, domain, run, name)
  );
  CREATE INDEX actions_newest ON actions (project, domain, created_at DESC);
  CREATE INDEX actions_open ON actions (phase, created_at) WHERE ended_at IS NULL`);

/**
 * Actions below the root one. `kind` is the `ActionType`; `output_uri` is set where the outputs are not those of the
 * last attempt; `value` is what a condition was signalled with; before `not_before` no attempt begins. The queue takes
 * the deepest first: what others wait for.
 */
export const childActionsMigration: Migration = (db) =>
  db.exec(`ALTER TABLE actions ADD COLUMN parent TEXT NOT NULL DEFAULT '';
  ALTER TABLE actions ADD COLUMN kind INTEGER NOT NULL DEFAULT ${ActionType.TASK};
  ALTER TABLE actions ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE actions ADD COLUMN cache_key TEXT;
  ALTER TABLE actions ADD COLUMN output_uri TEXT;
  ALTER TABLE actions ADD COLUMN value BLOB;
  ALTER TABLE actions ADD COLUMN not_before INTEGER;
  DROP INDEX actions_open;
  CREATE INDEX actions_open ON actions (phase, depth DESC, created_at) WHERE ended_at IS NULL;
  CREATE INDEX actions_expiry ON actions (expires_at) WHERE ended_at IS NULL AND expires_at IS NOT NULL;
  CREATE INDEX actions_pause ON actions (not_before) WHERE ended_at IS NULL AND not_before IS NOT NULL;
  CREATE INDEX actions_children ON actions (project, domain, run, parent) WHERE parent <> ''`);

export const ACTION_COLUMNS: Columns = {
  project: { sql: "project" },
  domain: { sql: "domain" },
  run_name: { sql: "run" },
  phase: { sql: "phase", parse: (text) => enumValue(ActionPhase, "ACTION_PHASE_", text) },
  created_at: { sql: "created_at", parse: microsFromText },
  updated_at: { sql: "updated_at", parse: microsFromText },
  task_name: { sql: "task_name" },
  task_version: { sql: "task_version" },
  // The function's name is the task's, as on a real plane.
  function_name: { sql: "task_name" },
  trigger_name: { sql: "trigger_name" },
  run_source: { sql: "source", parse: (text) => enumValue(RunSource, "RUN_SOURCE_", text) },
  parent_name: { sql: "parent" },
  action_type: { sql: "kind", parse: (text) => enumValue(ActionType, "ACTION_TYPE_", text) },
};

/** Taken over from an earlier run. The npm descriptors (2.0.16) do not name it. */
export const RECOVERED = 10 as ActionPhase;

export const TERMINAL: ReadonlySet<ActionPhase> = new Set([
  RECOVERED,
  ActionPhase.SUCCEEDED,
  ActionPhase.FAILED,
  ActionPhase.ABORTED,
  ActionPhase.TIMED_OUT,
]);

/** What lists show of an action. */
export interface ActionSummary {
  readonly id: number;
  readonly project: string;
  readonly domain: string;
  readonly run: string;
  readonly name: string;
  readonly phase: ActionPhase;
  readonly attempts: number;
  readonly cache_status: number;
  readonly created_at: number;
  readonly ended_at: number | null;
  readonly task_name: string;
  readonly metadata: Uint8Array;
  /** Name of the action that called it; empty for a root. */
  readonly parent: string;
  readonly kind: ActionType;
}

export interface ActionRow extends ActionSummary {
  /** A `TaskSpec`, `TraceSpec` or `ConditionAction`, by its kind. */
  readonly spec: Uint8Array;
  readonly depth: number;
  /** What the caller says makes its outputs the same as another one's. */
  readonly cache_key: string | null;
  readonly output_uri: string | null;
  /** A `Literal`. */
  readonly value: Uint8Array | null;
  readonly run_spec: Uint8Array;
  readonly input_uri: string;
  readonly inputs_hash: string;
  readonly request_digest: Uint8Array;
  readonly error: Uint8Array | null;
  readonly abort_reason: string | null;
  readonly aborted_by: string | null;
}

export interface NewAction extends ActionKey {
  readonly created_at: number;
  /** When it has timed out if it has not begun by then. */
  readonly expires_at: number | null;
  readonly source: RunSource;
  readonly task_name: string;
  readonly task_version: string;
  readonly metadata: Uint8Array;
  readonly spec: Uint8Array;
  readonly run_spec: Uint8Array;
  readonly input_uri: string;
  readonly inputs_hash: string;
  readonly request_digest: Uint8Array;
  /** Of an action below a root: */
  readonly parent?: string;
  readonly kind?: ActionType;
  readonly depth?: number;
  readonly cache_key?: string | undefined;
  /** Default: queued. */
  readonly phase?: ActionPhase;
  readonly ended_at?: number | undefined;
  readonly output_uri?: string | undefined;
  readonly error?: Uint8Array | undefined;
}

export interface ActionEnd {
  readonly phase: ActionPhase;
  readonly at: number;
  readonly error?: Uint8Array | undefined;
  readonly cacheStatus?: number | undefined;
  readonly abortReason?: string | undefined;
  readonly abortedBy?: string | undefined;
}

export interface ActionQuery {
  where: Condition[];
  order: string;
  limit: number;
  offset: number;
}

const SUMMARY =
  "id, project, domain, run, name, phase, attempts, cache_status, created_at, ended_at, task_name, metadata, parent, kind";
const ROW = `${SUMMARY}, spec, depth, cache_key, output_uri, value, run_spec, input_uri, inputs_hash, request_digest, error, abort_reason, aborted_by`;

export type Actions = ReturnType<typeof actions>;

export function actions(db: Database) {
  const insert =
    db.prepare(`INSERT INTO actions (project, domain, run, name, phase, created_at, updated_at, expires_at, source,
      task_name, task_version, metadata, spec, run_spec, input_uri, inputs_hash, request_digest,
      parent, kind, depth, cache_key, ended_at, output_uri, error)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const select = db.prepare(`SELECT ${ROW} FROM actions WHERE project = ? AND domain = ? AND run = ? AND name = ?`);
  const selectSummary = db.prepare(
    `SELECT ${SUMMARY} FROM actions WHERE project = ? AND domain = ? AND run = ? AND name = ?`,
  );
  const selectById = db.prepare(`SELECT ${ROW} FROM actions WHERE id = ?`);
  const remove = db.prepare("DELETE FROM actions WHERE id = ?");
  const setValue = db.prepare("UPDATE actions SET value = ? WHERE id = ?");
  const setPhase = db.prepare("UPDATE actions SET phase = ?, updated_at = ? WHERE id = ? AND ended_at IS NULL");
  const setQueued = db.prepare(
    `UPDATE actions SET phase = ${ActionPhase.QUEUED}, attempts = ?, updated_at = ?, expires_at = ?, not_before = ?
      WHERE id = ? AND ended_at IS NULL`,
  );
  const setEnd = db.prepare(`UPDATE actions SET phase = ?, ended_at = ?, updated_at = ?, error = ?, cache_status = ?,
    abort_reason = ?, aborted_by = ? WHERE id = ? AND ended_at IS NULL`);
  const statements = new Statements(db);
  return {
    create: (action: NewAction): number =>
      Number(
        insert.run(
          action.project,
          action.domain,
          action.run,
          action.action,
          action.phase ?? ActionPhase.QUEUED,
          action.created_at,
          action.ended_at ?? action.created_at,
          action.expires_at,
          action.source,
          action.task_name,
          action.task_version,
          action.metadata,
          action.spec,
          action.run_spec,
          action.input_uri,
          action.inputs_hash,
          action.request_digest,
          action.parent ?? "",
          action.kind ?? ActionType.TASK,
          action.depth ?? 0,
          action.cache_key ?? null,
          action.ended_at ?? null,
          action.output_uri ?? null,
          action.error ?? null,
        ).lastInsertRowid,
      ),
    remove: (id: number) => remove.run(id),
    get: ({ project, domain, run, action }: ActionKey) =>
      select.get(project, domain, run, action) as ActionRow | undefined,
    summary: ({ project, domain, run, action }: ActionKey) =>
      selectSummary.get(project, domain, run, action) as ActionSummary | undefined,
    byId: (id: number) => selectById.get(id) as ActionRow | undefined,
    setRunning: (id: number, at: number) => setPhase.run(ActionPhase.RUNNING, at, id),
    /** Back into the queue, for the given attempt, which does not begin before `notBefore`. */
    setQueued: (id: number, attempt: number, at: number, expiresAt: number | null, notBefore: number | null = null) =>
      setQueued.run(attempt, at, expiresAt, notBefore, id),
    setValue: (id: number, value: Uint8Array) => setValue.run(value, id),
    /** False when the action had ended before. */
    end: (id: number, { phase, at, error, cacheStatus, abortReason, abortedBy }: ActionEnd): boolean =>
      setEnd.run(phase, at, at, error ?? null, cacheStatus ?? 0, abortReason ?? null, abortedBy ?? null, id).changes ===
      1,
    list: ({ where, order, limit, offset }: ActionQuery): ActionSummary[] => {
      const { sql, params } = joined(where);
      const values: SQLInputValue[] = [...params, limit, offset];
      return statements.all(`SELECT ${SUMMARY} FROM actions WHERE ${sql} ORDER BY ${order} LIMIT ? OFFSET ?`, values);
    },
  };
}

/** A number, an enum's full name, or the name without its prefix. */
function enumValue(values: Record<string, string | number>, prefix: string, text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const value = values[text.startsWith(prefix) ? text.slice(prefix.length) : text];
  return typeof value === "number" ? value : undefined;
}
