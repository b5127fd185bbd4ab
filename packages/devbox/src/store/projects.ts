import type { SQLInputValue } from "node:sqlite";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Project, ProjectSchema, ProjectState } from "@flyte-webhook/idl/flyteidl2/project/project_service";
import type { Database, Migration } from "./database.ts";
import type { Columns, Condition } from "./list-query.ts";
import { Statements } from "./statements.ts";
import { nowMicros } from "./time.ts";

export const projectsMigration: Migration = (db) =>
  db.exec(`CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    message BLOB NOT NULL
  ) WITHOUT ROWID`);

export const projectDescriptionsMigration: Migration = (db) => {
  db.exec("ALTER TABLE projects ADD COLUMN description TEXT NOT NULL DEFAULT ''");
  const fill = db.prepare("UPDATE projects SET description = ? WHERE id = ?");
  for (const row of db.prepare("SELECT message FROM projects").all()) {
    const project = read(row);
    if (project) fill.run(project.description, project.id);
  }
};

export const PROJECT_COLUMNS: Columns = {
  identifier: { sql: "id" },
  name: { sql: "name" },
  description: { sql: "description" },
  state: { sql: "state", parse: (text) => (/^\d$/.test(text) ? Number(text) : undefined) },
  created_at: { sql: "created_at", parse: () => undefined },
  updated_at: { sql: "updated_at", parse: () => undefined },
};

export interface ProjectQuery {
  where: Condition;
  order: string;
  limit: number;
  offset: number;
}

export interface Projects {
  /** False when the id is taken. */
  create(project: Project): boolean;
  /** False when there is none of this id. */
  update(project: Project): boolean;
  get(id: string): Project | undefined;
  list(query: ProjectQuery): Project[];
}

export function projects(db: Database): Projects {
  const insert = db.prepare(`INSERT OR IGNORE INTO projects
    (id, name, state, created_at, updated_at, message, description) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const update = db.prepare(
    "UPDATE projects SET name = ?, state = ?, updated_at = ?, message = ?, description = ? WHERE id = ?",
  );
  const select = db.prepare("SELECT message FROM projects WHERE id = ?");
  const statements = new Statements(db);
  return {
    create: (project) => {
      const now = nowMicros();
      const { id, name, state, description } = project;
      return insert.run(id, name, state, now, now, toBinary(ProjectSchema, project), description).changes === 1;
    },
    update: (project) => {
      const { id, name, state, description } = project;
      return update.run(name, state, nowMicros(), toBinary(ProjectSchema, project), description, id).changes === 1;
    },
    get: (id) => read(select.get(id)),
    list: ({ where, order, limit, offset }) =>
      statements
        .all(`SELECT message FROM projects WHERE ${where.sql} ORDER BY ${order} LIMIT ? OFFSET ?`, [
          ...where.params,
          limit,
          offset,
        ] satisfies SQLInputValue[])
        .map((row) => read(row) as Project),
  };
}

/** Archived projects are listed only when a filter asks for them. */
export const NOT_ARCHIVED: Condition = {
  sql: "state NOT IN (?, ?)",
  params: [ProjectState.ARCHIVED, ProjectState.SYSTEM_ARCHIVED],
};

function read(row: unknown): Project | undefined {
  return row === undefined ? undefined : fromBinary(ProjectSchema, (row as { message: Uint8Array }).message);
}
