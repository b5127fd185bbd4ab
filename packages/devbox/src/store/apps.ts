import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Meta, MetaSchema, type Spec, SpecSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import type { AppId } from "../apps/app-id.ts";
import type { Database, Migration } from "./database.ts";

export const appsMigration: Migration = (db) => {
  db.exec(`
    CREATE TABLE apps (
      project TEXT NOT NULL, domain TEXT NOT NULL, name TEXT NOT NULL,
      metadata BLOB NOT NULL, spec BLOB NOT NULL, port INTEGER, created_at INTEGER NOT NULL,
      PRIMARY KEY (project, domain, name)
    ) STRICT;
    CREATE TABLE app_processes (
      pid INTEGER PRIMARY KEY, identity TEXT NOT NULL,
      project TEXT NOT NULL, domain TEXT NOT NULL, name TEXT NOT NULL
    ) STRICT;
  `);
};

export const appRevisionsMigration: Migration = (db) => {
  db.exec("ALTER TABLE apps ADD COLUMN revision_sent INTEGER NOT NULL DEFAULT 0");
};

export interface AppRow {
  readonly id: AppId;
  /** As it was sent; `revision` is counted here. */
  readonly metadata: Meta;
  readonly spec: Spec;
  /** Whether some client has ever written it with a revision. */
  readonly revisionSent: boolean;
  readonly createdAtMs: number;
  /** The public port, once it has one. */
  readonly port: number | undefined;
}

export interface RecordedProcess {
  readonly pid: number;
  readonly identity: string;
}

interface SqlRow {
  project: string;
  domain: string;
  name: string;
  metadata: Uint8Array;
  spec: Uint8Array;
  port: number | null;
  created_at: number;
  revision_sent: number;
}

/** Which apps of one page: all of them, or those of a project and domain (an empty domain: of all its domains). */
export interface AppScope {
  readonly project: string;
  readonly domain: string;
}

export class AppStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get({ project, domain, name }: AppId): AppRow | undefined {
    const row = this.#db
      .prepare("SELECT * FROM apps WHERE project = ? AND domain = ? AND name = ?")
      .get(project, domain, name);
    return row && read(row as unknown as SqlRow);
  }

  /** Ordered by name. `limit` 0: all. */
  list({ project, domain }: AppScope, limit = 0, offset = 0): AppRow[] {
    const rows = this.#db
      .prepare(
        `SELECT * FROM apps WHERE (?1 = '' OR project = ?1) AND (?2 = '' OR domain = ?2)
         ORDER BY name, project, domain LIMIT ?3 OFFSET ?4`,
      )
      .all(project, domain, limit === 0 ? -1 : limit, offset);
    return rows.map((row) => read(row as unknown as SqlRow));
  }

  /** Writes metadata and spec; port and creation time of an app that is known stay. */
  put({ project, domain, name }: AppId, metadata: Meta, spec: Spec, revisionSent = false): AppRow {
    const row = this.#db
      .prepare(
        `INSERT INTO apps (project, domain, name, metadata, spec, created_at, revision_sent)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET metadata = excluded.metadata, spec = excluded.spec,
         revision_sent = max(revision_sent, excluded.revision_sent) RETURNING *`,
      )
      .get(
        ...[project, domain, name, toBinary(MetaSchema, metadata), toBinary(SpecSchema, spec), Date.now()],
        Number(revisionSent),
      );
    return read(row as unknown as SqlRow);
  }

  setPort({ project, domain, name }: AppId, port: number): void {
    this.#db
      .prepare("UPDATE apps SET port = ? WHERE project = ? AND domain = ? AND name = ?")
      .run(port, project, domain, name);
  }

  delete({ project, domain, name }: AppId): void {
    this.#db.prepare("DELETE FROM apps WHERE project = ? AND domain = ? AND name = ?").run(project, domain, name);
  }

  recordProcess({ pid, identity }: RecordedProcess, { project, domain, name }: AppId): void {
    this.#db
      .prepare("INSERT OR REPLACE INTO app_processes (pid, identity, project, domain, name) VALUES (?, ?, ?, ?, ?)")
      .run(pid, identity, project, domain, name);
  }

  forgetProcess(pid: number): void {
    this.#db.prepare("DELETE FROM app_processes WHERE pid = ?").run(pid);
  }

  processes(): RecordedProcess[] {
    return this.#db.prepare("SELECT pid, identity FROM app_processes").all() as unknown as RecordedProcess[];
  }
}

function read({ project, domain, name, metadata, spec, port, created_at, revision_sent }: SqlRow): AppRow {
  return {
    id: { project, domain, name },
    metadata: fromBinary(MetaSchema, metadata),
    spec: fromBinary(SpecSchema, spec),
    revisionSent: revision_sent !== 0,
    createdAtMs: created_at,
    port: port ?? undefined,
  };
}
