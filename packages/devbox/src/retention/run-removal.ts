import { existsSync, renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { DevboxContext } from "../context.ts";
import { ROOT_ACTION } from "../store/actions.ts";
import { transaction } from "../store/database.ts";
import type { RunKey } from "../tasks/run-files.ts";

/** A run by the id of its root action. */
export type EndedRun = RunKey & { readonly id: number };

/** Actions of one run that are deleted at once: calls wait for no more than that. */
const ACTIONS_AT_ONCE = 500;

/** Where files of runs lie below the data directory: `AREA/PROJECT/DOMAIN/RUN`. */
export const RUN_AREAS = ["runs", "raw"] as const;

/**
 * Removes runs. For everyone else a run is gone at once: its root leaves the database, and its files their place, before
 * anything else happens. The rest takes its time, and goes on at the next start when it was interrupted.
 */
export class RunRemoval {
  readonly #context: DevboxContext;
  readonly #pause: () => Promise<void>;

  /** `pause` lets calls be answered between two steps. */
  constructor(context: DevboxContext, pause: () => Promise<void>) {
    this.#context = context;
    this.#pause = pause;
  }

  /** True when {@link finish} is to follow. False for a run that is not over, of which nothing is touched. */
  begin(run: EndedRun): boolean {
    const { db, events } = this.#context;
    const { id, project, domain, run: name } = run;
    const begun = transaction(db, () => {
      if (this.#isOpen(run)) return false;
      db.prepare("INSERT INTO run_removals (id, project, domain, run) VALUES (?, ?, ?, ?)").run(
        id,
        project,
        domain,
        name,
      );
      db.prepare("DELETE FROM actions WHERE id = ?").run(id);
      this.#deleteSome(run);
      return true;
    });
    if (!begun) return false;
    events.emit("run", { project, domain, run: name, action: ROOT_ACTION });
    return this.#moveAway(run);
  }

  /** What {@link begin} left: the other actions, and the files. */
  async finish(run: EndedRun): Promise<void> {
    const { db } = this.#context;
    while (transaction(db, () => this.#deleteSome(run))) await this.#pause();
    for (const area of RUN_AREAS) await rm(this.#away(area, run), { recursive: true, force: true, maxRetries: 3 });
    db.prepare("DELETE FROM run_removals WHERE id = ?").run(run.id);
  }

  /** What was begun before a crash. Call it before anything is served: the files leave their place in this call. */
  interrupted(): EndedRun[] {
    const runs = this.#context.db.prepare("SELECT id, project, domain, run FROM run_removals").all();
    return (runs as unknown as EndedRun[]).filter((run) => this.#moveAway(run));
  }

  #isOpen({ id, project, domain, run }: EndedRun): boolean {
    const { db } = this.#context;
    const OF_RUN = "a.project = ? AND a.domain = ? AND a.run = ?";
    const root = db.prepare("SELECT 1 FROM actions WHERE id = ? AND run = ? AND ended_at IS NOT NULL").get(id, run);
    const action = db
      .prepare(`SELECT 1 FROM actions a WHERE ${OF_RUN} AND a.ended_at IS NULL`)
      .get(project, domain, run);
    const attempt = db
      .prepare(`SELECT 1 FROM attempts t JOIN actions a ON a.id = t.action_id WHERE t.ended_at IS NULL AND ${OF_RUN}`)
      .get(project, domain, run);
    return root === undefined || action !== undefined || attempt !== undefined;
  }

  /** Whether there may be more. */
  #deleteSome({ project, domain, run }: EndedRun): boolean {
    const sql = `DELETE FROM actions WHERE id IN
      (SELECT id FROM actions WHERE project = ? AND domain = ? AND run = ? LIMIT ${ACTIONS_AT_ONCE})`;
    return this.#context.db.prepare(sql).run(project, domain, run).changes === ACTIONS_AT_ONCE;
  }

  /**
   * To where no new run of that name writes; no name of a run begins with a dot. When the system refuses it, the run's
   * name stays taken, and the next start tries again.
   */
  #moveAway(run: EndedRun): boolean {
    const { dir, log } = this.#context;
    try {
      for (const area of RUN_AREAS) {
        const path = join(dir, area, run.project, run.domain, run.run);
        if (existsSync(path)) renameSync(path, this.#away(area, run));
      }
      return true;
    } catch (error) {
      log(`retention: files of the run ${run.run} cannot be removed: ${(error as Error).message}`);
      return false;
    }
  }

  #away(area: string, { id, project, domain }: EndedRun): string {
    return join(this.#context.dir, area, project, domain, `.removed-${id}`);
  }
}
