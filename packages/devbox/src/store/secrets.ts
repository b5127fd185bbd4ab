import type { SecretType } from "@flyte-webhook/idl/flyteidl2/secret/definition";
import type { Database, Migration } from "./database.ts";
import { nowMicros } from "./time.ts";

/** Empty names stand for all projects, and for all domains. */
export const secretsMigration: Migration = (db) =>
  db.exec(`CREATE TABLE secrets (
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    name TEXT NOT NULL,
    type INTEGER NOT NULL,
    value BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (project, domain, name)
  ) STRICT, WITHOUT ROWID`);

export interface SecretScope {
  readonly project: string;
  readonly domain: string;
}

export interface SecretKey extends SecretScope {
  readonly name: string;
}

/** What may be shown of a secret. */
export interface SecretRow extends SecretKey {
  readonly type: SecretType;
  readonly created_at: number;
}

const SHOWN = "project, domain, name, type, created_at";
const KEY = "project = ? AND domain = ? AND name = ?";

/**
 * Values of secrets, in the database file that only its owner can read. What is deleted or replaced is overwritten there,
 * and gone from the log beside it with the next checkpoint.
 */
export class SecretStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** False when there is one already. */
  create({ project, domain, name }: SecretKey, type: SecretType, value: Uint8Array): boolean {
    const sql = "INSERT OR IGNORE INTO secrets VALUES (?, ?, ?, ?, ?, ?)";
    return this.#db.prepare(sql).run(project, domain, name, type, value, nowMicros()).changes === 1;
  }

  /** False when there is none. */
  update({ project, domain, name }: SecretKey, type: SecretType, value: Uint8Array): boolean {
    const sql = `UPDATE secrets SET type = ?, value = ? WHERE ${KEY}`;
    return this.#overwriting(() => this.#db.prepare(sql).run(type, value, project, domain, name).changes === 1);
  }

  /** False when there is none. */
  delete({ project, domain, name }: SecretKey): boolean {
    const sql = `DELETE FROM secrets WHERE ${KEY}`;
    return this.#overwriting(() => this.#db.prepare(sql).run(project, domain, name).changes === 1);
  }

  get({ project, domain, name }: SecretKey): SecretRow | undefined {
    const sql = `SELECT ${SHOWN} FROM secrets WHERE ${KEY}`;
    return this.#db.prepare(sql).get(project, domain, name) as SecretRow | undefined;
  }

  /** Those of exactly this scope, by name. */
  list({ project, domain }: SecretScope, limit: number, offset: number): SecretRow[] {
    const sql = `SELECT ${SHOWN} FROM secrets WHERE project = ? AND domain = ? ORDER BY name LIMIT ? OFFSET ?`;
    return this.#db.prepare(sql).all(project, domain, limit, offset) as unknown as SecretRow[];
  }

  /** The value that processes of a project and domain see: their own, else the domain's, else everyone's. */
  valueFor({ project, domain }: SecretScope, name: string): Uint8Array | undefined {
    const sql = `SELECT value FROM secrets WHERE name = ?3
      AND (project, domain) IN ((?1, ?2), ('', ?2), ('', '')) ORDER BY project DESC, domain DESC LIMIT 1`;
    return (this.#db.prepare(sql).get(project, domain, name) as { value: Uint8Array } | undefined)?.value;
  }

  #overwriting<T>(write: () => T): T {
    this.#db.exec("PRAGMA secure_delete = ON");
    try {
      return write();
    } finally {
      this.#db.exec("PRAGMA secure_delete = OFF");
    }
  }
}
