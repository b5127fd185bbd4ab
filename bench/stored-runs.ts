/** A devbox's directory that holds many runs, as if each had been created, run and ended there. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Of the stored runs; the newest of them ended a minute ago, and they are a second apart. */
export const STORED = {
  tasks: 50,
  /** One run of so many has failed. */
  failedOneOf: 20,
  /** Value of the label `team` that one run of so many has. */
  labelledOneOf: 100,
  label: "team",
} as const;

export const storedName = (index: number): string => `stored${index}`;
export const storedTask = (index: number): string => `bench.task_${index % STORED.tasks}`;

/**
 * Multiplies the one run that the database holds: the copies differ in name, task, time and phase. The devbox that
 * wrote it must have ended.
 */
export function storeRuns(dir: string, runs: number): void {
  const db = new DatabaseSync(join(dir, "devbox.db"));
  try {
    const columns = (db.prepare("SELECT name FROM pragma_table_info('actions')").all() as { name: string }[])
      .map(({ name }) => name)
      .filter((name) => name !== "id");
    const newest = Date.now() * 1000 - 60_000_000;
    const created = `${newest} - (${runs} - n) * 1000000`;
    const differing: Readonly<Record<string, string>> = {
      run: "'stored' || n",
      task_name: `'bench.task_' || (n % ${STORED.tasks})`,
      phase: `CASE WHEN n % ${STORED.failedOneOf} = 0 THEN 6 ELSE 5 END`,
      created_at: created,
      updated_at: `${created} + 900000`,
      ended_at: `${created} + 900000`,
    };
    const values = columns.map((name) => differing[name] ?? `template.${name}`);
    db.exec("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN");
    db.exec(`CREATE TEMP TABLE template AS SELECT * FROM actions LIMIT 1;
      CREATE TEMP TABLE attempt_template AS SELECT * FROM attempts LIMIT 1;
      WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${runs})
      INSERT INTO actions (${columns.join(", ")}) SELECT ${values.join(", ")} FROM numbers, template;
      INSERT INTO attempts SELECT a.id, t.attempt, a.phase, a.created_at, a.created_at, a.ended_at, t.pid, t.process,
        t.cache_status, t.error FROM actions a, attempt_template t WHERE a.run LIKE 'stored%';
      INSERT INTO run_labels SELECT '${STORED.label}', 'platform', id FROM actions
        WHERE run LIKE 'stored%' AND id % ${STORED.labelledOneOf} = 0;`);
    db.exec("COMMIT");
  } finally {
    db.close();
  }
}
