import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { RunSource } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { CreateRunRequestSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import type { DevboxContext } from "../context.ts";
import { type NewerCreateRun, newer } from "../newer-fields.ts";
import type { Caller } from "../server/caller.ts";
import { type CreateRunStores, createRun } from "../services/create-run.ts";
import { timestampOf } from "../store/time.ts";
import type { TriggerRow } from "../store/trigger-rows.ts";
import { scheduleOf } from "./schedule.ts";
import type { Schedule } from "./times.ts";

/**
 * What becomes of firings that were missed while the devbox was down or the machine slept: the newest of each trigger
 * is made up for, each one is (as on a real plane at its start), or none.
 */
export type MissedFirings = "latest" | "all" | "none";

/** Later than this, a firing was missed; less is the delay of a busy machine. */
const LATE_MICROS = 60e6;
/** The clock is looked at this often, for timers stand still while a machine sleeps. */
const LOOK_MS = 15_000;
/** After an error that is not the trigger's own, such as a full disk. */
const RETRY_MS = 1000;

const NOBODY: Caller = { subject: "", identified: false, verified: false };

export interface SchedulerOptions {
  readonly missed?: MissedFirings | undefined;
  /** Called when a run was created. */
  readonly onRun: () => void;
}

/**
 * Fires triggers by their schedules. Where a schedule stands is in the database and moves on in the transaction that
 * creates the run, so that a devbox that is killed at any moment fires each time once.
 */
export class TriggerScheduler {
  readonly #context: DevboxContext;
  readonly #stores: CreateRunStores;
  readonly #missed: MissedFirings;
  readonly #onRun: () => void;
  readonly #changed = () => this.#arm();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(context: DevboxContext, stores: CreateRunStores, { missed = "latest", onRun }: SchedulerOptions) {
    this.#context = context;
    this.#stores = stores;
    this.#missed = missed;
    this.#onRun = onRun;
  }

  start(): void {
    this.#context.events.on("trigger", this.#changed);
    this.#look();
  }

  close(): void {
    this.#closed = true;
    this.#context.events.off("trigger", this.#changed);
    clearTimeout(this.#timer);
  }

  #arm(atLeastMs = 0): void {
    clearTimeout(this.#timer);
    const next = this.#stores.triggers.nextAt();
    if (next === undefined || this.#closed) return;
    const left = Math.ceil(next / 1000) - Date.now();
    this.#timer = setTimeout(() => this.#look(), Math.min(Math.max(left, atLeastMs), LOOK_MS));
  }

  #look(): void {
    let pause = 0;
    try {
      const now = Date.now() * 1000;
      for (const trigger of this.#stores.triggers.due(now)) this.#fire(trigger, now);
    } catch (error) {
      this.#context.log(`triggers could not be fired: ${(error as Error).message}`);
      pause = RETRY_MS;
    }
    try {
      this.#arm(pause);
    } catch {
      this.#timer = setTimeout(() => this.#look(), RETRY_MS);
    }
  }

  /** One firing of a trigger whose time has come, or none. What is still due after it comes at the next look. */
  #fire(trigger: TriggerRow, now: number): void {
    const first = trigger.next_at ?? now;
    try {
      const schedule = scheduleOf(trigger.key.name, trigger.automation);
      if (!schedule) {
        this.#advance(trigger, null);
        return;
      }
      const latest = schedule.latest(first, now);
      if (latest !== first && this.#missed !== "all") this.#tellMissed(trigger, first, latest);
      if (this.#missed === "none" && now - latest > LATE_MICROS) this.#advance(trigger, schedule.after(now));
      else this.#run(trigger, this.#missed === "all" ? first : latest, schedule);
    } catch (error) {
      // Of this trigger alone, and of this time: the next one may do better.
      this.#tell(trigger, `its firing at ${shown(first)} failed: ${(error as Error).message}`);
      this.#advance(trigger, this.#after(trigger, now));
    }
  }

  #run(trigger: TriggerRow, at: number, schedule: Schedule): void {
    const { project, domain } = trigger.key;
    const next = schedule.after(at);
    const request = create(CreateRunRequestSchema, {
      id: { case: "runId", value: { project, domain, name: runName(trigger, at) } },
      task: { case: "triggerName", value: trigger.key },
      source: RunSource.SCHEDULE_TRIGGER,
    });
    newer<NewerCreateRun>(request).runStartTime = timestampOf(at);
    const { row, created } = createRun(request, NOBODY, this.#stores, this.#context, () => {
      if (!this.#stores.triggers.advance(trigger, next)) throw new Error("its schedule was changed meanwhile");
    });
    // The clock was set back: this time has been fired before.
    if (!created) {
      this.#advance(trigger, next);
      return;
    }
    this.#context.events.emit("run", { project, domain, run: row.run, action: row.name });
    this.#context.events.emit("trigger", trigger.key);
    this.#onRun();
  }

  #advance(trigger: TriggerRow, next: number | null): void {
    this.#stores.triggers.advance(trigger, next);
  }

  #after({ key, automation }: TriggerRow, now: number): number | null {
    try {
      return scheduleOf(key.name, automation)?.after(now) ?? null;
    } catch {
      return null;
    }
  }

  #tellMissed(trigger: TriggerRow, first: number, latest: number): void {
    const rest = this.#missed === "latest" ? "; the last one is made up for" : "";
    this.#tell(trigger, `its firings from ${shown(first)} to ${shown(latest)} were missed${rest}`);
  }

  #tell({ key }: TriggerRow, text: string): void {
    this.#context.log(`Trigger ${key.name} of ${key.project}/${key.domain}/${key.taskName}: ${text}`);
  }
}

/** The same for the same time, so that one time is one run whatever happens. */
function runName({ key }: TriggerRow, at: number): string {
  const { project, domain, taskName, name } = key;
  const text = JSON.stringify([project, domain, taskName, name, at]);
  return `r${createHash("sha256").update(text).digest("hex").slice(0, 19)}`;
}

function shown(micros: number): string {
  return new Date(micros / 1000).toISOString();
}
