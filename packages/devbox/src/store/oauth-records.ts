import { digestOf } from "./api-keys.ts";
import type { Database, Migration } from "./database.ts";

/** Tokens and grants of logins. A token is stored under its digest, and is nowhere in what is stored of it. */
export const oauthRecordsMigration: Migration = (db) =>
  db.exec(`CREATE TABLE oauth_records (
    model TEXT NOT NULL,
    digest BLOB NOT NULL,
    grant_id TEXT,
    client_id TEXT,
    expires_at INTEGER NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (model, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX oauth_records_by_grant ON oauth_records (grant_id);
  CREATE INDEX oauth_records_by_client ON oauth_records (client_id);
  CREATE INDEX oauth_records_by_expiry ON oauth_records (expires_at)`);

export interface OAuthPayload {
  readonly grantId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly scope?: string | undefined;
  readonly [name: string]: unknown;
}

export class OAuthRecords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    this.#sweep();
  }

  /** `expiresAt` in seconds since 1970. */
  put(model: string, id: string, payload: OAuthPayload, expiresAt: number): void {
    const { grantId = null, clientId = null } = payload;
    const text = JSON.stringify({ ...payload, jti: undefined });
    this.#sweep();
    this.#db
      .prepare("INSERT OR REPLACE INTO oauth_records VALUES (?, ?, ?, ?, ?, ?)")
      .run(model, digestOf(id), grantId, clientId, expiresAt, text);
  }

  /** Undefined for what there is not, or not any more. */
  find(model: string, id: string): OAuthPayload | undefined {
    const row = this.#db
      .prepare("SELECT payload FROM oauth_records WHERE model = ? AND digest = ? AND expires_at > ?")
      .get(model, digestOf(id), now()) as { payload: string } | undefined;
    return row && { ...(JSON.parse(row.payload) as OAuthPayload), jti: id };
  }

  remove(model: string, id: string): void {
    this.#db.prepare("DELETE FROM oauth_records WHERE model = ? AND digest = ?").run(model, digestOf(id));
  }

  removeGrant(grantId: string): void {
    this.#db.prepare("DELETE FROM oauth_records WHERE grant_id = ?").run(grantId);
  }

  /** All that was issued to a client. */
  removeClient(clientId: string): void {
    this.#db.prepare("DELETE FROM oauth_records WHERE client_id = ?").run(clientId);
  }

  #sweep(): void {
    this.#db.prepare("DELETE FROM oauth_records WHERE expires_at <= ?").run(now());
  }
}

const now = (): number => Math.floor(Date.now() / 1000);
