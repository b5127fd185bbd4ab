import { toBinary } from "@bufbuild/protobuf";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { CatalogCacheStatus } from "@flyte-webhook/idl/flyteidl2/core/catalog";
import { type ErrorInfo, ErrorInfoSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { DevboxContext } from "../context.ts";
import type { ActionQueue } from "../store/action-queue.ts";
import type { ActionEnd, ActionKey, Actions } from "../store/actions.ts";
import type { Attempts } from "../store/attempts.ts";
import { transaction } from "../store/database.ts";
import type { OutputCache } from "../store/output-cache.ts";
import { nowMicros } from "../store/time.ts";
import { cachePlan } from "./cache-key.ts";
import type { Job } from "./job.ts";
import type { Outcome } from "./outcome.ts";
import { backoffMillis } from "./retry-backoff.ts";
import { expiryOf } from "./time-limits.ts";

export interface LedgerStores {
  readonly actions: Actions;
  readonly attempts: Attempts;
  readonly cache: OutputCache;
  readonly queue: ActionQueue;
}

/** An action, by its key and its id. */
export type ActionNode = ActionKey & { readonly id: number };

export interface Abort {
  readonly reason: string;
  readonly by?: string | undefined;
}

/** What is left running below an action that has ended is aborted: nobody is there to take its result. */
const CALLER_ENDED = "the action that called it has ended";

/**
 * Writes down each step of an action and its attempt in one transaction, then tells it. The steps that end an action
 * abort all that is open below it, and return the ids of what they aborted, for its processes to be ended.
 */
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
    this.#write(job.key, () => void this.#stores.attempts.create(row));
  }

  /** The process is there, and waits to be told to begin. Returns the time it counts from. */
  running(job: Job, process: { pid: number; identity: string }): number {
    const { action, attempt } = job;
    const at = nowMicros();
    this.#write(job.key, () => {
      this.#stores.attempts.setRunning(action.id, attempt, ActionPhase.RUNNING, at, process.pid, process.identity);
      this.#stores.actions.setRunning(action.id, at);
    });
    return at;
  }

  /** As {@link running}, for an attempt that needs no process. */
  sleeping(job: Job): number {
    const { action, attempt } = job;
    const at = nowMicros();
    this.#write(job.key, () => {
      this.#stores.attempts.create({ action_id: action.id, attempt, phase: ActionPhase.RUNNING, running_at: at });
      this.#stores.actions.setRunning(action.id, at);
    });
    return at;
  }

  /**
   * The end of an attempt, which is that of the action unless another one is to be made. When the action has ended
   * before (it was aborted), only the attempt is ended.
   */
  settle(job: Job, outcome: Outcome): number[] {
    const { action, attempt, spec, runSpec } = job;
    const { actions, attempts, cache } = this.#stores;
    return this.#write(job.key, () => {
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
        return this.#end(action.id, { phase: outcome.phase, at, cacheStatus });
      }
      const error = toBinary(ErrorInfoSchema, outcome.error);
      const { retries = 0, backoff } = spec.taskTemplate?.metadata?.retries ?? {};
      attempts.end(action.id, attempt, { phase: outcome.phase, at, error });
      if (!outcome.recoverable || attempt > retries) return this.#end(action.id, { phase: outcome.phase, at, error });
      // What the attempt has called goes on: the next one calls the same, and finds it.
      const pause = backoffMillis(backoff, attempt) * 1000;
      const queuedAt = at + pause;
      const expiresAt = expiryOf(spec.taskTemplate?.metadata, { createdAt: action.created_at, queuedAt });
      actions.setQueued(action.id, attempt + 1, at, expiresAt, pause > 0 ? queuedAt : null);
      return;
    });
  }

  /** Outputs of an earlier run are those of this one. */
  cacheHit(job: Job): void {
    const { action, attempt } = job;
    this.#write(job.key, () => {
      const end = { phase: ActionPhase.SUCCEEDED, at: nowMicros(), cacheStatus: CatalogCacheStatus.CACHE_HIT };
      this.#stores.attempts.create({ action_id: action.id, attempt, phase: ActionPhase.QUEUED });
      this.#stores.attempts.end(action.id, attempt, end);
      this.#stores.actions.end(action.id, end);
    });
  }

  /** For an attempt whose command never began: it is made as if for the first time. */
  requeue(job: Job): void {
    const { action, attempt, spec } = job;
    this.#write(job.key, () => {
      const at = nowMicros();
      const expiresAt = expiryOf(spec.taskTemplate?.metadata, { createdAt: action.created_at, queuedAt: at });
      this.#stores.attempts.remove(action.id, attempt);
      this.#stores.actions.setQueued(action.id, attempt, at, expiresAt);
    });
  }

  /** A wait in the queue, or for a signal, that was too long. */
  expire(action: ActionNode, error: ErrorInfo): number[] {
    const end = { phase: ActionPhase.TIMED_OUT, at: nowMicros(), error: toBinary(ErrorInfoSchema, error) };
    return this.#write(action, () => this.#end(action.id, end));
  }

  /** Of the action and all below it. What has ended stays as it is, and the first reason counts. */
  abort(action: ActionNode, { reason, by }: Abort): number[] {
    const end = { phase: ActionPhase.ABORTED, at: nowMicros(), abortReason: reason, abortedBy: by };
    const below = this.#write(action, () => this.#end(action.id, end, end));
    return [action.id, ...below];
  }

  /** A condition has got its value, and ends with it. False when it had ended before. */
  signal(action: ActionNode, value: Uint8Array): boolean {
    const { actions } = this.#stores;
    let ended = false;
    this.#write(action, () => {
      ended = actions.end(action.id, { phase: ActionPhase.SUCCEEDED, at: nowMicros() });
      if (ended) actions.setValue(action.id, value);
    });
    return ended;
  }

  /** Ends an action and aborts what is open below it, which is returned. Nothing when it had ended before. */
  #end(id: number, end: ActionEnd, ofThoseBelow?: ActionEnd): readonly ActionNode[] {
    const { actions, queue } = this.#stores;
    if (!actions.end(id, end)) return [];
    const below = queue.openBelow(id);
    const abort = ofThoseBelow ?? { phase: ActionPhase.ABORTED, at: end.at, abortReason: CALLER_ENDED };
    for (const child of below) actions.end(child.id, abort);
    return below;
  }

  /** Returns the ids of what the change aborted below. */
  #write({ project, domain, run, action }: ActionKey, change: () => readonly ActionNode[] | undefined): number[] {
    const { db, events } = this.#context;
    const below = transaction(db, change) ?? [];
    for (const key of [{ project, domain, run, action }, ...below]) events.emit("run", key);
    return below.map(({ id }) => id);
  }
}
