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

export interface ApiKeys {
  /** Makes the subject's key, in place of an earlier one. */
  create(subject: string): string;
  /** Whose key it is. */
  subjectOf(key: string): string | undefined;
}

export function apiKeys(db: Database): ApiKeys {
  const insert = db.prepare("INSERT OR REPLACE INTO api_keys (digest, subject, created_at) VALUES (?, ?, ?)");
  const select = db.prepare("SELECT subject FROM api_keys WHERE digest = ?");
  return {
    create(subject) {
      const key = `fwk_${randomBytes(32).toString("base64url")}`;
      insert.run(digestOf(key), subject, nowMicros());
      return key;
    },
    subjectOf: (key) => (select.get(digestOf(key)) as { subject: string } | undefined)?.subject,
  };
}

function digestOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
