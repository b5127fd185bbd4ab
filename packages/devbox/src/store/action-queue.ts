import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import type { ActionKey } from "./actions.ts";
import type { Database } from "./database.ts";

export type ActionQueue = ReturnType<typeof actionQueue>;

/** What waits to be run, and the tree of what waits for it. All times are microseconds. */
export function actionQueue(db: Database) {
  const queued = db.prepare(`SELECT id FROM actions WHERE phase = ${ActionPhase.QUEUED} AND ended_at IS NULL
    AND (not_before IS NULL OR not_before <= ?)
    AND NOT EXISTS (SELECT 1 FROM attempts WHERE action_id = actions.id AND ended_at IS NULL)
    ORDER BY depth DESC, created_at LIMIT ?`);
  // The unary plus keeps SQLite from reading all that is open: few of them expire.
  const WAITS = `+phase IN (${ActionPhase.QUEUED}, ${ActionPhase.PAUSED}) AND ended_at IS NULL`;
  const expired = db.prepare(`SELECT id FROM actions WHERE ${WAITS} AND expires_at IS NOT NULL AND expires_at <= ?`);
  const nextDue = db.prepare(`SELECT min(at) AS at FROM (
    SELECT min(expires_at) AS at FROM actions WHERE ${WAITS} AND expires_at IS NOT NULL
    UNION ALL SELECT min(not_before) FROM actions WHERE ${WAITS} AND not_before IS NOT NULL AND not_before > ?)`);
  const CHILDREN = "c.project = p.project AND c.domain = p.domain AND c.run = p.run AND c.parent = p.name";
  const waiting = db.prepare(`SELECT count(*) AS waiting FROM actions p WHERE p.phase = ${ActionPhase.RUNNING}
    AND p.ended_at IS NULL AND EXISTS (SELECT 1 FROM actions c WHERE ${CHILDREN} AND c.parent <> '' AND c.ended_at IS NULL)`);
  const openBelow = db.prepare(`WITH RECURSIVE p (id, project, domain, run, name, ended_at) AS (
      SELECT id, project, domain, run, name, ended_at FROM actions WHERE id = ?
      UNION SELECT c.id, c.project, c.domain, c.run, c.name, c.ended_at FROM actions c JOIN p ON ${CHILDREN} AND c.parent <> '')
    SELECT id, project, domain, run, name AS action FROM p WHERE ended_at IS NULL AND id <> ?`);
  const running = db.prepare(`SELECT count(*) AS running FROM actions p WHERE project = ? AND domain = ? AND run = ?
    AND name <> 'a0' AND phase = ${ActionPhase.RUNNING} AND ended_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM actions c WHERE ${CHILDREN} AND c.parent <> '' AND c.ended_at IS NULL)`);
  const ids = (rows: unknown[]) => (rows as { id: number }[]).map(({ id }) => id);
  return {
    /** Ids of what may begin and has no open attempt: the deepest first, then the oldest. */
    queued: (at: number, limit: number) => ids(queued.all(at, limit)),
    /** Ids of what has waited for longer than it may, for its turn or for a signal. */
    expired: (at: number) => ids(expired.all(at)),
    /** When something next expires, or may begin that may not yet. */
    nextDue: (at: number) => (nextDue.get(at) as { at: number | null }).at,
    /** How many running actions have called others that have not ended. */
    waiting: () => (waiting.get() as { waiting: number }).waiting,
    /** All that has not ended below an action, at any depth. */
    openBelow: (id: number) => openBelow.all(id, id) as unknown as (ActionKey & { readonly id: number })[],
    /** How many actions below the root of a run are running and wait for no other. */
    runningBelowRoot: ({ project, domain, run }: ActionKey) =>
      (running.get(project, domain, run) as { running: number }).running,
  };
}
