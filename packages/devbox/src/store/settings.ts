import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Settings, SettingsSchema } from "@flyte-webhook/idl/flyteidl2/settings/settings_definition";
import type { Database, Migration } from "./database.ts";

/** Empty names stand for all projects, and for all domains. */
export const settingsMigration: Migration = (db) =>
  db.exec(`CREATE TABLE settings (
    org TEXT NOT NULL,
    domain TEXT NOT NULL,
    project TEXT NOT NULL,
    version INTEGER NOT NULL,
    settings BLOB NOT NULL,
    PRIMARY KEY (org, domain, project)
  ) STRICT, WITHOUT ROWID`);

export interface SettingsLevel {
  readonly org: string;
  readonly domain: string;
  readonly project: string;
}

export interface SettingsRow {
  readonly settings: Settings;
  /** From 1. */
  readonly version: number;
}

export class SettingsStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get({ org, domain, project }: SettingsLevel): SettingsRow | undefined {
    const sql = "SELECT version, settings FROM settings WHERE org = ? AND domain = ? AND project = ?";
    const row = this.#db.prepare(sql).get(org, domain, project) as
      | { version: number; settings: Uint8Array }
      | undefined;
    return row && { version: row.version, settings: fromBinary(SettingsSchema, row.settings) };
  }

  /** False when there are some already. */
  create({ org, domain, project }: SettingsLevel, settings: Settings): boolean {
    const sql = "INSERT OR IGNORE INTO settings VALUES (?, ?, ?, 1, ?)";
    return this.#db.prepare(sql).run(org, domain, project, toBinary(SettingsSchema, settings)).changes === 1;
  }

  /** The new version; undefined unless the given one is the present one. */
  update({ org, domain, project }: SettingsLevel, settings: Settings, version: number): number | undefined {
    const sql = `UPDATE settings SET version = version + 1, settings = ?
      WHERE org = ? AND domain = ? AND project = ? AND version = ? RETURNING version`;
    const bytes = toBinary(SettingsSchema, settings);
    return (this.#db.prepare(sql).get(bytes, org, domain, project, version) as { version: number } | undefined)
      ?.version;
  }
}
