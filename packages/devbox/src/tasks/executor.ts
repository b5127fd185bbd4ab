import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import type { DevboxContext } from "../context.ts";
import { type NewerRunSpec, newer } from "../newer-fields.ts";
import { ROOT_ACTION } from "../store/actions.ts";
import type { AttemptRow } from "../store/attempts.ts";
import { nowMicros } from "../store/time.ts";
import { type CachePlan, cachePlan } from "./cache-key.ts";
import { CORE_SLEEP, sleepMillis } from "./core-sleep.ts";
import { inputsOf, type Job, jobOf } from "./job.ts";
import { launchTask, rawOutputPrefix } from "./launch-task.ts";
import { type Abort, type ActionNode, Ledger, type LedgerStores } from "./ledger.ts";
import { LimitWatch } from "./limit-watch.ts";
import { failure, hasBegun, type Outcome, readOutcome } from "./outcome.ts";
import { ATTEMPT_FILES, attemptDirectory } from "./run-files.ts";
import { endStrays } from "./strays.ts";
import { TASK_LIMITS, type TaskLimits } from "./task-limits.ts";
import { TaskPlaces } from "./task-places.ts";
import { adoptTaskProcess, killGroup, type TaskProcess } from "./task-process.ts";
import { enforceLimits, MAX_TIMER_MS, waitedTooLong } from "./time-limits.ts";

/** From SIGTERM to SIGKILL, of a task that is aborted, has timed out, or is stopped with its devbox. */
const GRACE_MS = 5_000;

/** Task processes that run at the same time unless the devbox is told otherwise; more while they leave the cores idle. */
export const DEFAULT_MAX_TASKS = Math.max(4, availableParallelism() * 4);

export interface ExecutorOptions {
  readonly maxTasks?: number | undefined;
  readonly limits?: Partial<TaskLimits> | undefined;
}

/** An attempt that goes on. */
interface Live {
  readonly job: Job;
  /** None for what needs none. */
  readonly process?: TaskProcess;
  stop(): void;
}

const NOTHING: Outcome = { phase: ActionPhase.SUCCEEDED, outputs: new Uint8Array() };

/**
 * Runs actions: takes what is queued, as many at a time as are allowed, and writes each step down before anything
 * follows from it. The database is the queue, so whatever a devbox that was killed left behind is found by the next:
 * processes that live are adopted, those that ended are settled from their files, and what never began begins.
 */
export class Executor {
  readonly #context: DevboxContext;
  readonly #stores: LedgerStores;
  readonly #ledger: Ledger;
  readonly #places: TaskPlaces;
  readonly #limits: LimitWatch;
  readonly #live = new Map<number, Live>();
  /** What is being computed that only one action at a time may compute. */
  readonly #serialized = new Set<string>();
  #processes = 0;
  #wakeUp: NodeJS.Immediate | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(context: DevboxContext, stores: LedgerStores, { maxTasks, limits }: ExecutorOptions = {}) {
    this.#context = context;
    this.#stores = stores;
    this.#ledger = new Ledger(context, stores);
    const groups = () => new Set([...this.#live.values()].flatMap(({ process }) => process?.pid ?? []));
    this.#places = new TaskPlaces(maxTasks, DEFAULT_MAX_TASKS, groups);
    this.#limits = new LimitWatch({ ...TASK_LIMITS, ...limits });
  }

  /** Takes up what an earlier devbox left, then the queue. */
  start(): void {
    for (const attempt of this.#stores.attempts.open()) this.#resume(attempt);
    this.wake();
  }

  /** To be called when something was queued. */
  wake(): void {
    if (this.#closed) return;
    this.#wakeUp ??= setImmediate(() => {
      this.#wakeUp = undefined;
      this.#takeQueued();
    });
  }

  /** Aborts an action that has not ended with all below it, and ends what runs for them. */
  abort(action: ActionNode, abort: Abort): void {
    this.#stop(this.#ledger.abort(action, abort));
  }

  /** Gives a condition its value. False when it has ended. */
  signal(action: ActionNode, value: Uint8Array): boolean {
    return this.#ledger.signal(action, value);
  }

  /** Ends every process; its action is aborted for that reason. What sleeps or is queued goes on at the next start. */
  async close(): Promise<void> {
    if (this.#wakeUp) clearImmediate(this.#wakeUp);
    clearTimeout(this.#expiry);
    this.#places.close();
    this.#closed = true;
    const ends: Promise<void>[] = [];
    for (const { job, process, stop } of [...this.#live.values()]) {
      if (process) {
        this.#ledger.abort(nodeOf(job), { reason: "the devbox was stopped" });
        ends.push(process.ended);
      }
      stop();
    }
    await Promise.all(ends);
    // The end of each is written down by a continuation of its own.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #takeQueued(): void {
    this.#expireQueued();
    const { actions, queue } = this.#stores;
    const held = (waits: boolean) => this.#places.waited(waits, () => this.wake());
    let free = this.#places.places - this.#processes;
    // Who waits for others gives up its place to them, else a tree that is deep enough would wait for ever.
    if (free <= 0) free += queue.waiting();
    if (free <= 0) {
      // Something may wait; to look for it each time would cost more than the places that are made for nothing.
      held(true);
      return;
    }
    const most = this.#processes + free;
    for (let limit = free; ; limit *= 2) {
      const ids = queue.queued(nowMicros(), limit);
      let begun = false;
      for (const id of ids) {
        const action = this.#processes < most ? actions.byId(id) : undefined;
        if (action && this.#begin(jobOf(action))) begun = true;
      }
      const full = this.#processes >= most;
      if (full || ids.length < limit) {
        held(full);
        return;
      }
      if (!begun) continue;
      // Those that needed no process have left room.
      this.wake();
      return;
    }
  }

  /** False for what may not begin yet; it stays in the queue. */
  #begin(job: Job): boolean {
    const { dir } = this.#context;
    try {
      const plan = cachePlan(job.spec, job.runSpec, job.action);
      const cached = plan?.read ? this.#stores.cache.get(plan.key, plan.maxAgeMs) : undefined;
      if (cached) this.#succeedFromCache(job, cached);
      else if (this.#mustWait(job, plan)) return false;
      else if (job.spec.taskTemplate?.type === CORE_SLEEP) this.#sleep(job);
      else {
        this.#ledger.queued(job);
        const launched = launchTask(job, inputsOf(job, dir), this.#context);
        if ("phase" in launched) this.#settle(job, launched);
        else this.#beginProcess(job, launched);
      }
    } catch (error) {
      const { message } = error as Error;
      this.#context.log(`${job.key.run}/${job.key.action} could not be started: ${message}`);
      this.#settle(job, failure(`the devbox could not start the task: ${message}`));
    }
    return true;
  }

  /** Whether the same is being computed already, or its run has as many actions running as it wants. */
  #mustWait({ key, runSpec }: Job, plan: CachePlan | undefined): boolean {
    if (plan?.serialize && this.#serialized.has(plan.key.toString("hex"))) return true;
    const { maxActionConcurrency: most } = newer<NewerRunSpec>(runSpec);
    return most > 0 && key.action !== ROOT_ACTION && this.#stores.queue.runningBelowRoot(key) >= most;
  }

  /** The process is written down before its command begins; if that cannot be, it never does. */
  #beginProcess(job: Job, process: TaskProcess): void {
    let begun = false;
    try {
      const beganAt = this.#ledger.running(job, process);
      this.#follow(job, process, beganAt, () => begun);
      process.begin();
      begun = true;
    } catch (error) {
      process.terminate(0);
      throw error;
    }
  }

  /**
   * Settles the attempt when its process ends, and ends the process when its time is over. `begun` tells that the command
   * was let begin; an earlier devbox may have done that too, which its files tell.
   */
  #follow(job: Job, process: TaskProcess, beganAt: number, begun: () => boolean): void {
    const { id, created_at: createdAt } = job.action;
    let late: Outcome | undefined;
    const stop = () => process.terminate(GRACE_MS);
    const cancel = enforceLimits(job.spec.taskTemplate?.metadata, { createdAt, beganAt }, (outcome) => {
      late ??= outcome;
      stop();
    });
    const unwatch = this.#limits.add({
      pid: process.pid,
      directory: attemptDirectory(this.#context.dir, job.key, job.attempt),
      rawDirectory: rawOutputPrefix(job.key, job.attempt, job.runSpec),
      exceeded: (outcome) => {
        late ??= outcome;
        // It may be harming the machine: there is no time to give it.
        process.terminate(0);
      },
    });
    const plan = cachePlan(job.spec, job.runSpec, job.action);
    const serial = plan?.serialize ? plan.key.toString("hex") : undefined;
    this.#processes++;
    this.#live.set(id, { job, process, stop });
    if (serial) this.#serialized.add(serial);
    const settle = () => {
      cancel();
      unwatch();
      this.#processes--;
      this.#live.delete(id);
      if (serial) this.#serialized.delete(serial);
      this.#settleFromFiles(job, late, begun());
    };
    // What could not be written down is found again by the next devbox.
    process.ended.then(settle).catch((error: Error) => this.#context.log(`${job.key.run}: ${error.message}`));
  }

  /** `begun` is when it fell asleep, for one that an earlier devbox let sleep. */
  #sleep(job: Job, begun?: number): void {
    const { id, created_at: createdAt } = job.action;
    const sleep = sleepMillis(inputsOf(job, this.#context.dir));
    if (typeof sleep !== "number" || sleep === 0) {
      this.#settle(job, sleep || NOTHING);
      return;
    }
    const beganAt = begun ?? this.#ledger.sleeping(job);
    let timer: NodeJS.Timeout | undefined;
    const end = () => {
      clearTimeout(timer);
      cancel();
      this.#live.delete(id);
    };
    const finish = (outcome: Outcome) => {
      end();
      this.#settle(job, outcome);
    };
    const cancel = enforceLimits(job.spec.taskTemplate?.metadata, { createdAt, beganAt }, finish);
    const wait = () => {
      const left = beganAt / 1000 + sleep - Date.now();
      if (left <= 0) finish(NOTHING);
      else timer = setTimeout(wait, Math.min(left, MAX_TIMER_MS));
    };
    this.#live.set(id, { job, stop: () => (this.#closed ? end() : finish(NOTHING)) });
    wait();
  }

  /** An attempt that was open when an earlier devbox ended. */
  #resume({ action_id, attempt, pid, process: identity, running_at }: AttemptRow): void {
    const action = this.#stores.actions.byId(action_id);
    if (!action) return;
    const job = jobOf(action, attempt);
    const aborted = action.ended_at !== null;
    if (pid === null || identity === null) {
      if (running_at === null) this.#ledger.requeue(job);
      else if (aborted) this.#settle(job, NOTHING);
      else this.#sleep(job, running_at);
      return;
    }
    const directory = attemptDirectory(this.#context.dir, job.key, job.attempt);
    const process = adoptTaskProcess(pid, identity, directory);
    if (process) {
      this.#follow(job, process, running_at ?? action.created_at, () => false);
      if (aborted) process.terminate(GRACE_MS);
      return;
    }
    killGroup(pid);
    void endStrays(directory);
    this.#settleFromFiles(job, undefined, false);
  }

  /** The files are within the task's reach: one that took them away must not begin anew for ever. */
  #settleFromFiles(job: Job, late: Outcome | undefined, begun: boolean): void {
    const directory = attemptDirectory(this.#context.dir, job.key, job.attempt);
    if (!late && !begun && !hasBegun(directory)) {
      this.#ledger.requeue(job);
      this.wake();
      return;
    }
    const declared = job.spec.taskTemplate?.interface?.outputs?.variables ?? [];
    this.#settle(
      job,
      late ??
        readOutcome(
          directory,
          declared.map(({ key }) => key),
        ),
    );
  }

  #settle(job: Job, outcome: Outcome): void {
    this.#stop(this.#ledger.settle(job, outcome));
    this.wake();
  }

  #succeedFromCache(job: Job, outputs: Uint8Array): void {
    const directory = attemptDirectory(this.#context.dir, job.key, job.attempt);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, ATTEMPT_FILES.outputs), outputs);
    this.#ledger.cacheHit(job);
  }

  #stop(ids: readonly number[]): void {
    for (const id of ids) this.#live.get(id)?.stop();
  }

  /** Ends what has waited for longer than it may, and looks again when the next one will have, or may begin. */
  #expireQueued(): void {
    const { actions, queue } = this.#stores;
    for (const id of queue.expired(Date.now() * 1000)) {
      const row = actions.byId(id);
      if (row) this.#stop(this.#ledger.expire({ ...row, action: row.name }, waitedTooLong(row)));
    }
    clearTimeout(this.#expiry);
    const next = queue.nextDue(Date.now() * 1000);
    if (next === null) return;
    const left = Math.max(next / 1000 - Date.now(), 0) + 1;
    this.#expiry = setTimeout(() => this.wake(), Math.min(left, MAX_TIMER_MS));
  }
}

function nodeOf({ key, action }: Job): ActionNode {
  return { ...key, id: action.id };
}
