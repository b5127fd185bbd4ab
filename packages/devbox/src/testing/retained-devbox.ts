import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import { startDevboxWith } from "../devbox.ts";
import type { RetentionOptions } from "../retention/retention.ts";
import { devboxClient } from "./devbox-client.ts";

/** For a devbox that looks for what to remove all the time. */
export const RETENTION_TIMES = { roundMs: 100, searchMs: 0, graceMs: 0 };

export const DAY_MS = 86_400_000;

/** A devbox with bounds, and what it tells. */
export async function retainedDevbox(dir: string, retention: RetentionOptions) {
  const lines: string[] = [];
  const devbox = await startDevboxWith(
    { dir, port: 0, retention, log: (line) => lines.push(line) },
    { retentionTimes: RETENTION_TIMES },
  );
  onTestFinished(() => devbox.close());
  return { devbox, client: devboxClient(devbox), lines };
}

/** Changes the database of a devbox that does not run. */
export function withDatabase<T>(dir: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(dir, "devbox.db"));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** Makes ended runs older by some days: all of them, or those that are named. */
export function age(dir: string, days: number, runs?: readonly string[]): void {
  const of = runs ? "AND run IN (SELECT value FROM json_each(?2))" : "";
  withDatabase(dir, (db) =>
    db
      .prepare(
        `UPDATE actions SET ended_at = ended_at - ?1, created_at = created_at - ?1 WHERE ended_at IS NOT NULL ${of}`,
      )
      .run(days * DAY_MS * 1000, ...(runs ? [JSON.stringify(runs)] : [])),
  );
}

/** Whether files of the run are in their place. */
export function hasFiles(dir: string, run: string): boolean {
  return existsSync(join(dir, "runs", "flytesnacks", "development", run));
}
