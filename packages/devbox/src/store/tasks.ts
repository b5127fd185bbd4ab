import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type TaskSpec, TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import type { Database, Migration } from "./database.ts";
import { type Columns, type Condition, joined } from "./list-query.ts";
import { Statements } from "./statements.ts";
import { nowMicros } from "./time.ts";

export const tasksMigration: Migration = (db) =>
  db.exec(`CREATE TABLE tasks (
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    environment TEXT NOT NULL,
    short_description TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    spec BLOB NOT NULL,
    PRIMARY KEY (project, domain, name, version)
  );
  CREATE INDEX tasks_newest ON tasks (project, domain, name, created_at DESC)`);

const TEXT = (sql: string) => ({ sql });

export const TASK_COLUMNS: Columns = {
  project: TEXT("project"),
  domain: TEXT("domain"),
  name: TEXT("name"),
  version: TEXT("version"),
  environment: TEXT("environment"),
  // The part of the name after its last dot.
  function_name: TEXT("substr(name, length(rtrim(name, replace(name, '.', ''))) + 1)"),
  short_description: TEXT("short_description"),
  // Not recorded, as on a real plane.
  deployed_by: TEXT("''"),
  created_at: { sql: "created_at", parse: microsFromText },
};

export const VERSION_COLUMNS: Columns = {
  version: TEXT("version"),
  created_at: { sql: "created_at", parse: microsFromText },
};

/** RFC 3339, as filters on times are written. */
export function microsFromText(text: string): number | undefined {
  const millis = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis * 1000;
}

export interface TaskKey {
  readonly project: string;
  readonly domain: string;
  readonly name: string;
  readonly version: string;
}

export interface TaskRow extends TaskKey {
  readonly environment: string;
  readonly short_description: string;
  readonly created_at: number;
}

export interface TaskQuery {
  scope: Condition[];
  filters: Condition[];
  order: string;
  limit: number;
  offset: number;
}

export interface Tasks {
  /** A version that is deployed again is overwritten and keeps its creation time. */
  deploy(task: Omit<TaskRow, "created_at">, spec: TaskSpec): void;
  get(key: TaskKey): { row: TaskRow; spec: TaskSpec } | undefined;
  /** The newest version of each task that meets the filters. */
  list(query: TaskQuery): { rows: TaskRow[]; total: number; filteredTotal: number };
  versions(query: TaskQuery): TaskRow[];
}

const ROW = "project, domain, name, version, environment, short_description, created_at";

export function tasks(db: Database): Tasks {
  const upsert = db.prepare(`INSERT INTO tasks (${ROW}, spec) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET environment = excluded.environment,
      short_description = excluded.short_description, spec = excluded.spec`);
  const select = db.prepare(
    `SELECT ${ROW}, spec FROM tasks WHERE project = ? AND domain = ? AND name = ? AND version = ?`,
  );
  const statements = new Statements(db);
  const count = ({ sql, params }: Condition) =>
    statements.get<{ n: number }>(
      `SELECT count(*) AS n FROM (SELECT DISTINCT project, domain, name FROM tasks WHERE ${sql})`,
      params,
    )?.n ?? 0;
  return {
    deploy: ({ project, domain, name, version, environment, short_description }, spec) => {
      const bytes = toBinary(TaskSpecSchema, spec);
      upsert.run(project, domain, name, version, environment, short_description, nowMicros(), bytes);
    },
    get: ({ project, domain, name, version }) => {
      const row = select.get(project, domain, name, version) as (TaskRow & { spec: Uint8Array }) | undefined;
      return row && { row, spec: fromBinary(TaskSpecSchema, row.spec) };
    },
    list: ({ scope, filters, order, limit, offset }) => {
      const where = joined([...scope, ...filters]);
      const rows = statements.all<TaskRow>(
        `SELECT ${ROW} FROM (
           SELECT ${ROW}, row_number() OVER (PARTITION BY project, domain, name ORDER BY created_at DESC) AS age
           FROM tasks WHERE ${where.sql}
         ) WHERE age = 1 ORDER BY ${order} LIMIT ? OFFSET ?`,
        [...where.params, limit, offset],
      );
      return { rows, total: count(joined(scope)), filteredTotal: count(where) };
    },
    versions: ({ scope, filters, order, limit, offset }) => {
      const where = joined([...scope, ...filters]);
      return statements.all<TaskRow>(`SELECT ${ROW} FROM tasks WHERE ${where.sql} ORDER BY ${order} LIMIT ? OFFSET ?`, [
        ...where.params,
        limit,
        offset,
      ]);
    },
  };
}
