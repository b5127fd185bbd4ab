import { randomBytes } from "node:crypto";
import type { Database, Migration } from "./database.ts";

/** What URLs for uploads and downloads are signed with, made once for each data directory. */
export const uploadSecretMigration: Migration = (db) => {
  db.exec("CREATE TABLE upload_secret (secret BLOB NOT NULL)");
  db.prepare("INSERT INTO upload_secret VALUES (?)").run(randomBytes(32));
};

export function uploadSecret(db: Database): Uint8Array {
  return (db.prepare("SELECT secret FROM upload_secret").get() as { secret: Uint8Array }).secret;
}
