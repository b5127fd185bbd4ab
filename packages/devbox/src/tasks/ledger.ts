import { toBinary } from "@bufbuild/protobuf";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { CatalogCacheStatus } from "@flyte-webhook/idl/flyteidl2/core/catalog";
import { ErrorInfoSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { DevboxContext } from "../context.ts";
import type { Actions } from "../store/actions.ts";
import type { Attempts } from "../store/attempts.ts";
import { transaction } from "../store/database.ts";
import type { OutputCache } from "../store/output-cache.ts";
import { nowMicros } from "../store/time.ts";
import { cachePlan } from "./cache-key.ts";
import type { Job } from "./job.ts";
import type { Outcome } from "./outcome.ts";
import { expiryOf } from "./time-limits.ts";

export interface LedgerStores {
  readonly actions: Actions;
  readonly attempts: Attempts;
  readonly cache: OutputCache;
}

/** Writes down each step of an action and its attempt in one transaction, then tells it. */
export class Ledger {
  readonly #context: DevboxContext;
  readonly #stores: LedgerStores;

  constructor(context: DevboxContext, stores: LedgerStores) {
    this.#context = context;
    this.#stores = stores;
  }

  /** A process is about to be made for the attempt. */
  queued(job: Job): void {
    const { action, attempt } = job;
    const row = { action_id: action.id, attempt, phase: ActionPhase.QUEUED, queued_at: nowMicros() };
    this.#write(job, () => this.#stores.attempts.create(row));
  }

  /** The process is there, and waits to be told to begin. Returns the time it counts from. */
  running(job: Job, process: { pid: number; identity: string }): number {
    const { action, attempt } = job;
    const at = nowMicros();
    this.#write(job, () => {
      this.#stores.attempts.setRunning(action.id, attempt, ActionPhase.RUNNING, at, process.pid, process.identity);
      this.#stores.actions.setRunning(action.id, at);
    });
    return at;
  }

  /** As {@link running}, for an attempt that needs no process. */
  sleeping(job: Job): number {
    const { action, attempt } = job;
    const at = nowMicros();
    this.#write(job, () => {
      this.#stores.attempts.create({ action_id: action.id, attempt, phase: ActionPhase.RUNNING, running_at: at });
      this.#stores.actions.setRunning(action.id, at);
    });
    return at;
  }

  /**
   * The end of an attempt, which is that of the action unless another one is to be made. When the action has ended
   * before (it was aborted), only the attempt is ended.
   */
  settle(job: Job, outcome: Outcome): void {
    const { action, attempt, spec, runSpec } = job;
    const { actions, attempts, cache } = this.#stores;
    this.#write(job, () => {
      const now = actions.byId(action.id) ?? action;
      const at = nowMicros();
      if (!attempts.get(action.id, attempt)) {
        attempts.create({ action_id: action.id, attempt, phase: ActionPhase.QUEUED });
      }
      if (now.ended_at !== null) {
        attempts.end(action.id, attempt, { phase: now.phase, at });
        return;
      }
      if (outcome.phase === ActionPhase.SUCCEEDED) {
        const plan = cachePlan(spec, runSpec, action);
        if (plan) cache.put(plan.key, outcome.outputs);
        const cacheStatus = plan ? CatalogCacheStatus.CACHE_POPULATED : CatalogCacheStatus.CACHE_DISABLED;
        attempts.end(action.id, attempt, { phase: outcome.phase, at, cacheStatus });
        actions.end(action.id, { phase: outcome.phase, at, cacheStatus });
        return;
      }
      const error = toBinary(ErrorInfoSchema, outcome.error);
      const retries = spec.taskTemplate?.metadata?.retries?.retries ?? 0;
      attempts.end(action.id, attempt, { phase: outcome.phase, at, error });
      if (outcome.recoverable && attempt <= retries) {
        const expiresAt = expiryOf(spec.taskTemplate?.metadata, { createdAt: action.created_at, queuedAt: at });
        actions.setQueued(action.id, attempt + 1, at, expiresAt);
      } else {
        actions.end(action.id, { phase: outcome.phase, at, error });
      }
    });
  }

  /** Outputs of an earlier run are those of this one. */
  cacheHit(job: Job): void {
    const { action, attempt } = job;
    this.#write(job, () => {
      const end = { phase: ActionPhase.SUCCEEDED, at: nowMicros(), cacheStatus: CatalogCacheStatus.CACHE_HIT };
      this.#stores.attempts.create({ action_id: action.id, attempt, phase: ActionPhase.QUEUED });
      this.#stores.attempts.end(action.id, attempt, end);
      this.#stores.actions.end(action.id, end);
    });
  }

  /** For an attempt whose command never began: it is made as if for the first time. */
  requeue(job: Job): void {
    const { action, attempt, spec } = job;
    this.#write(job, () => {
      const at = nowMicros();
      const expiresAt = expiryOf(spec.taskTemplate?.metadata, { createdAt: action.created_at, queuedAt: at });
      this.#stores.attempts.remove(action.id, attempt);
      this.#stores.actions.setQueued(action.id, attempt, at, expiresAt);
    });
  }

  abort(job: Job, reason: string): void {
    const end = { phase: ActionPhase.ABORTED, at: nowMicros(), abortReason: reason };
    this.#write(job, () => this.#stores.actions.end(job.action.id, end));
  }

  #write({ key }: Job, change: () => void): void {
    transaction(this.#context.db, change);
    this.#context.events.emit("run", key);
  }
}
