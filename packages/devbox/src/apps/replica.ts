import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type AppProcess, signalGroup } from "./app-process.ts";
import type { AppPlatform } from "./platform.ts";
import type { Target } from "./readiness.ts";
import { type RunEnd, type RunPlan, runReplica } from "./replica-run.ts";
import type { Substate } from "./substate.ts";
import type { Visit } from "./upstream.ts";

/**
 * `failed`: crashed so often that it is reported, and tried again all the same. `ended`: stopped, for good.
 * While a process is made anew after its first crash the replica is `starting` again.
 */
export type ReplicaPhase = "starting" | "ready" | "failed" | "ended";

/** Milliseconds that an idle connection to the app is kept; servers close theirs after 5 s (uvicorn, Node) or later. */
const IDLE_CONNECTION_MS = 2000;

/** One of the processes that serve a revision: it is started, watched, started again when it ends, and stopped. */
export class Replica {
  readonly plan: RunPlan;
  /** Keeps connections to the process, and no other one. */
  readonly agent = new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS });
  phase: ReplicaPhase = "starting";
  /** Why the replica is `failed`. */
  failure = "";
  substate: Substate | undefined;
  /** Processes that ended before they were told to. */
  crashes = 0;
  target: Target | undefined;
  #inFlight = 0;
  /** No process is started any more. */
  #leaving = false;
  #process: AppProcess | undefined;
  readonly #platform: AppPlatform;
  readonly #onChange: () => void;
  readonly #stop = new AbortController();
  #pause = new AbortController();
  readonly #idle: Set<() => void> = new Set();
  readonly #finished: Promise<void>;

  constructor(plan: RunPlan, platform: AppPlatform, onChange: () => void) {
    this.plan = plan;
    this.#platform = platform;
    this.#onChange = onChange;
    this.#finished = this.#keepRunning();
  }

  /** Whether the process ignores `PORT`: then a second one cannot run beside it. */
  get onDeclaredPort(): boolean {
    return this.target !== undefined && this.target.port === this.plan.launch.declaredPort;
  }

  /** Requests and upgraded connections that are with it. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Counts a request in until it leaves. Undefined when no process takes requests. */
  enter(): Visit | undefined {
    const { target, agent } = this;
    if (this.phase !== "ready" || !target || this.#leaving) return undefined;
    this.#inFlight++;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      this.#inFlight--;
      if (this.#inFlight === 0) for (const resume of this.#idle) resume();
    };
    return { target, agent, leave };
  }

  /** Starts its process anew, now: kills the one it has if told so, and ends a pause after a crash. */
  restart(kill: boolean): void {
    const pid = this.#process?.pid;
    if (kill && pid !== undefined) signalGroup(pid, "SIGKILL");
    this.#pause.abort();
    // The process that was killed has not ended yet: there is to be no pause after it either.
    if (!kill || pid === undefined) this.#pause = new AbortController();
    if (this.phase !== "failed") return;
    this.phase = "starting";
    this.#onChange();
  }

  /** Lets requests in flight finish for up to `drainMs`, then ends the process. Resolves when it is gone. */
  async stop(drainMs: number): Promise<void> {
    this.#leaving = true;
    if (this.#inFlight > 0 && drainMs > 0) await this.#untilIdle(drainMs);
    this.#stop.abort();
    this.#pause.abort();
    await this.#process?.stop(this.#platform.timing.graceMs);
    await this.#finished;
    this.agent.destroy();
  }

  async #keepRunning(): Promise<void> {
    const { timing } = this.#platform;
    let inARow = 0;
    // The caller is to have this replica in hand before it changes.
    await Promise.resolve();
    while (!this.#leaving) {
      const { message, substate, servedMs, final } = await this.#runOnce();
      if (this.#leaving) break;
      this.crashes++;
      inARow = servedMs >= timing.stableMs ? 1 : inARow + 1;
      const pause = Math.min(timing.backoffMs * 2 ** (inARow - 1), timing.backoffMaxMs);
      if (final || inARow >= timing.crashesUntilFailed) this.#become("failed", message, substate);
      else this.#become("starting");
      await sleep(pause, undefined, { signal: this.#pause.signal }).catch(() => undefined);
      this.#pause = new AbortController();
    }
    this.#become("ended");
  }

  async #runOnce(): Promise<RunEnd> {
    try {
      return await runReplica(this.plan, this.#platform, {
        started: (child) => {
          this.#process = child;
        },
        listening: (target) => {
          this.target = target;
          this.#become("ready");
        },
        signal: this.#stop.signal,
      });
    } catch (error) {
      // The machine is at fault, not the app: a full disk, no more files to open.
      await this.#process?.stop(this.#platform.timing.graceMs);
      const message = `The devbox could not run the app: ${(error as Error).message}`;
      return { message, substate: undefined, servedMs: 0, final: true };
    } finally {
      this.target = undefined;
      this.#process = undefined;
    }
  }

  #become(phase: ReplicaPhase, failure = "", substate?: Substate): void {
    // A failed replica stays failed through its further tries, until one of them serves.
    if (this.phase === "failed" && phase === "starting") return;
    this.phase = phase;
    this.failure = failure;
    this.substate = substate;
    this.#onChange();
  }

  #untilIdle(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#idle.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#idle.add(done);
    });
  }
}
