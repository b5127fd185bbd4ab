import { join } from "node:path";
import type { AppId } from "./app-id.ts";
import type { Launch } from "./launch.ts";
import type { AppPlatform } from "./platform.ts";
import { Replica } from "./replica.ts";
import type { Substate } from "./substate.ts";
import type { Visit } from "./upstream.ts";

/**
 * `idle`: scaled to zero. `waking`: was ready before, and starts from zero. Otherwise that of its replicas: ready when
 * one is, failed when none is ready or starting.
 */
export type RevisionPhase = "idle" | "waking" | "starting" | "ready" | "failed";

export interface RevisionPlan {
  readonly id: AppId;
  readonly revision: bigint;
  readonly launch: Launch;
  /** The app's own directory; each replica of a revision works in one below it. */
  readonly dir: string;
}

/** One revision of an app: the processes that serve it, as many as it is told to have. */
export class Revision {
  readonly logFile: string;
  readonly #plan: RevisionPlan;
  readonly #platform: AppPlatform;
  readonly #onChange: () => void;
  readonly #stopped: (gone: Promise<void>) => void;
  #replicas: Replica[] = [];
  #wanted = 0;
  /** Whether it ever served. */
  #served = false;
  /** Whether it starts from zero, and nothing went wrong so far. */
  #waking = false;

  /** `stopped` is told of every process that is on its way out. */
  constructor(
    plan: RevisionPlan,
    platform: AppPlatform,
    events: { onChange: () => void; stopped: (gone: Promise<void>) => void },
  ) {
    this.#plan = plan;
    this.#platform = platform;
    this.#onChange = events.onChange;
    this.#stopped = events.stopped;
    this.logFile = join(plan.dir, `${plan.revision}.log`);
  }

  get phase(): RevisionPhase {
    const has = (phase: Replica["phase"]) => this.#replicas.some((one) => one.phase === phase);
    if (has("ready")) return "ready";
    if (this.#replicas.length === 0) return this.#served ? "idle" : "starting";
    if (this.#waking) return "waking";
    return has("starting") ? "starting" : "failed";
  }

  /** Processes that take requests. */
  get ready(): number {
    return this.#replicas.filter(({ phase }) => phase === "ready").length;
  }

  /** Whether it has all the processes that it is to have. */
  get isComplete(): boolean {
    return this.ready > 0 && this.ready >= Math.min(this.#wanted, this.#most);
  }

  /** Why a replica failed, and in which way; one that is ready hides nothing while others fail. */
  get failed(): { readonly failure: string; readonly substate: Substate | undefined } | undefined {
    return this.#replicas.find(({ phase }) => phase === "failed");
  }

  /** Whether its process has this port, as apps that ignore `PORT` do. */
  servesOn(port: number): boolean {
    return this.#replicas.some(({ target }) => target?.port === port);
  }

  get onDeclaredPort(): boolean {
    return this.#replicas.some((one) => one.onDeclaredPort);
  }

  /** Enters the process that has the fewest requests. Undefined when none takes any. */
  enter(): Visit | undefined {
    let least: Replica | undefined;
    for (const one of this.#replicas) {
      if (one.phase === "ready" && one.inFlight < (least?.inFlight ?? Number.POSITIVE_INFINITY)) least = one;
    }
    return least?.enter();
  }

  /**
   * Has so many processes from now on. The second and those after it are started once the first one serves: what one
   * cannot do the others cannot either. Those that go finish their requests, for up to `drainMs`.
   */
  scaleTo(wanted: number, drainMs: number): void {
    this.#wanted = wanted;
    if (this.#replicas.length === 0 && wanted > 0) this.#waking = this.#served;
    const most = Math.min(wanted, this.#most);
    while (this.#replicas.length < most) this.#add();
    if (this.#replicas.length <= wanted && this.#replicas.length <= this.#portBound) return;
    const byWorth = this.#replicas.toSorted(
      (a, b) => Number(b.phase === "ready") - Number(a.phase === "ready") || b.inFlight - a.inFlight,
    );
    this.#end(byWorth.slice(Math.min(wanted, this.#portBound)), drainMs);
  }

  /** Starts its processes anew, now; see {@link Replica.restart}. */
  restart(kill: boolean): void {
    for (const one of this.#replicas) one.restart(kill);
  }

  stop(drainMs: number): void {
    this.#end(this.#replicas, drainMs);
  }

  get #portBound(): number {
    return this.onDeclaredPort ? 1 : Number.POSITIVE_INFINITY;
  }

  /** How many may run now. */
  get #most(): number {
    return this.ready === 0 ? 1 : this.#portBound;
  }

  #add(): void {
    const { dir, revision } = this.#plan;
    const taken = new Set(this.#replicas.map(({ plan }) => plan.workDir));
    const dirs = [`${revision}`, ...this.#replicas.map((_, index) => `${revision}.${index + 2}`)];
    const workDir = dirs.map((name) => join(dir, name)).find((path) => !taken.has(path)) ?? join(dir, `${revision}`);
    const replica: Replica = new Replica({ ...this.#plan, workDir, logFile: this.logFile }, this.#platform, () =>
      this.#moved(replica),
    );
    this.#replicas.push(replica);
  }

  #moved(replica: Replica): void {
    if (!this.#replicas.includes(replica)) return;
    if (replica.phase === "ready") this.#served = true;
    if (replica.phase === "ready" || replica.crashes > 0) this.#waking = false;
    // The first one serves: now those that wait for it, and no second one beside one on the declared port.
    if (replica.phase === "ready") this.scaleTo(this.#wanted, 0);
    this.#onChange();
  }

  #end(leaving: readonly Replica[], drainMs: number): void {
    this.#replicas = this.#replicas.filter((one) => !leaving.includes(one));
    for (const one of leaving) this.#stopped(one.stop(drainMs));
  }
}
