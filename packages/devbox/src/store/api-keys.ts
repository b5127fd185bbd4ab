import { createHash, randomBytes } from "node:crypto";
import type { Database, Migration } from "./database.ts";
import { nowMicros } from "./time.ts";

/** Only the digest of a key is kept; the key itself is in the configuration file of whoever may use it. */
export const apiKeysMigration: Migration = (db) =>
  db.exec(`CREATE TABLE api_keys (
    digest BLOB PRIMARY KEY,
    subject TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
  ) WITHOUT ROWID`);

/** What a key may do, and until when (microseconds since 1970; none for ever). */
export const apiKeyScopesMigration: Migration = (db) =>
  db.exec(`ALTER TABLE api_keys ADD COLUMN scope TEXT NOT NULL DEFAULT 'all';
    ALTER TABLE api_keys ADD COLUMN expires_at INTEGER`);

const PREFIX = "fwk_";

/** Whether a text is a key that some devbox has made, good or not. */
export const isApiKey = (text: string): boolean => text.startsWith(PREFIX);

/** From all to least: everything; running and aborting what is deployed, and reading; reading. */
export const SCOPES = ["all", "run", "read"] as const;
export type Scope = (typeof SCOPES)[number];

/** What may be shown of a key. */
export interface ApiKeyRow {
  /** Its name: who its bearer is, and its client id. */
  readonly subject: string;
  readonly scope: Scope;
  /** Microseconds since 1970. */
  readonly created_at: number;
  readonly expires_at: number | null;
}

export interface ApiKeys {
  /** Makes the subject's key, in place of an earlier one. Good for ever unless `expiresAt` (microseconds) is given. */
  create(subject: string, options?: { readonly scope?: Scope; readonly expiresAt?: number | null }): string;
  /** Whose key it is. Undefined for one that is not, not any more, or was revoked. */
  find(key: string): ApiKeyRow | undefined;
  bySubject(subject: string): ApiKeyRow | undefined;
  /** By name. */
  list(): ApiKeyRow[];
  /** False when there is none. */
  revoke(subject: string): boolean;
}

const SHOWN = "SELECT subject, scope, created_at, expires_at FROM api_keys";
const GOOD = "(expires_at IS NULL OR expires_at > ?)";

export function apiKeys(db: Database): ApiKeys {
  const insert = db.prepare(
    "INSERT OR REPLACE INTO api_keys (digest, subject, created_at, scope, expires_at) VALUES (?, ?, ?, ?, ?)",
  );
  const byDigest = db.prepare(`${SHOWN} WHERE digest = ? AND ${GOOD}`);
  const bySubject = db.prepare(`${SHOWN} WHERE subject = ? AND ${GOOD}`);
  const all = db.prepare(`${SHOWN} ORDER BY subject`);
  const remove = db.prepare("DELETE FROM api_keys WHERE subject = ?");
  return {
    create(subject, { scope = "all", expiresAt = null } = {}) {
      const key = `${PREFIX}${randomBytes(32).toString("base64url")}`;
      insert.run(digestOf(key), subject, nowMicros(), scope, expiresAt);
      return key;
    },
    find: (key) => byDigest.get(digestOf(key), nowMicros()) as ApiKeyRow | undefined,
    bySubject: (subject) => bySubject.get(subject, nowMicros()) as ApiKeyRow | undefined,
    list: () => all.all() as unknown as ApiKeyRow[],
    revoke: (subject) => remove.run(subject).changes > 0,
  };
}

/** Under which a secret of high entropy is stored and looked up. */
export function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
