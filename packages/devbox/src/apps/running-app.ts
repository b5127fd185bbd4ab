import { existsSync } from "node:fs";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Spec_DesiredState as DesiredState, type Status } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import type { AppRow } from "../store/apps.ts";
import { appKey } from "./app-id.ts";
import { type AppState, appStatus } from "./app-state.ts";
import { Demand } from "./demand.ts";
import { readLaunch, sameProcess } from "./launch.ts";
import type { AppPlatform } from "./platform.ts";
import { PublicServer } from "./public-server.ts";
import { Refusal } from "./refusal.ts";
import { Revision } from "./revision.ts";
import { readScaling } from "./scaling.ts";
import { type Standing, standingOf } from "./standing.ts";
import type { Upstream, Visit } from "./upstream.ts";

/** Milliseconds an app may take to begin an answer when its spec says nothing, and at most: the platform's own. */
const DEFAULT_REQUEST_MS = 300_000;
const MAX_REQUEST_MS = 3_600_000;
/** `setTimeout` takes no more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One app: its public address, the revision that serves it, and the one that is about to replace that. */
export class RunningApp implements Upstream {
  row: AppRow;
  readonly #dir: string;
  readonly #platform: AppPlatform;
  readonly #onChange: () => void;
  readonly #server: PublicServer;
  #current: Revision | undefined;
  #next: Revision | undefined;
  #state: AppState = { phase: "new", message: "", substate: undefined, since: Date.now(), replicas: 0 };
  readonly #demand: Demand;
  #rescaling: NodeJS.Timeout | undefined;
  readonly #waiting = new Set<() => void>();
  /** Processes that are on their way out; closing waits for them too. */
  readonly #leaving = new Set<Promise<void>>();
  #closed = false;

  constructor(row: AppRow, dir: string, platform: AppPlatform, onChange: () => void) {
    this.row = row;
    this.#dir = dir;
    this.#platform = platform;
    this.#onChange = onChange;
    this.#demand = new Demand(readScaling(row.spec));
    this.#server = new PublicServer(this);
  }

  get name(): string {
    return this.row.id.name;
  }

  get publicHost(): string | undefined {
    return this.#platform.publicHost(this.row.id);
  }

  get requestTimeoutMs(): number {
    const { requestTimeout } = this.row.spec.timeouts ?? {};
    const wanted = requestTimeout ? durationMs(requestTimeout) : 0;
    return wanted > 0 ? Math.min(wanted, MAX_REQUEST_MS) : DEFAULT_REQUEST_MS;
  }

  get publicUrl(): string {
    return this.#server.url;
  }

  /** Its address without a name; see {@link PublicServer.localUrl}. */
  get localUrl(): string {
    return this.#server.localUrl;
  }

  get status(): Status {
    return appStatus(this.#state, this.publicUrl, this.row.createdAtMs);
  }

  /** Whether its process has this port, as apps that ignore `PORT` do. */
  servesOn(port: number): boolean {
    return this.#current?.servesOn(port) ?? false;
  }

  /** The log of the revision that serves, or of the one that is being tried. Undefined before anything ran. */
  get logFile(): string | undefined {
    const file = (this.#next ?? this.#current)?.logFile;
    return file !== undefined && existsSync(file) ? file : undefined;
  }

  /** Takes the public port, once; resolves with it. */
  listen(): Promise<number> {
    return this.#server.listen(appKey(this.row.id), this.row.port);
  }

  /** Makes the processes fit the row: starts, replaces or stops them. Throws `invalid_argument` for a spec that cannot run. */
  apply(row: AppRow): void {
    if (this.#closed) return;
    const before = this.row;
    this.row = row;
    this.#demand.scaling = readScaling(row.spec);
    if (row.spec.desiredState === DesiredState.STOPPED) {
      this.#retire(this.#current, this.#next);
      this.#current = this.#next = undefined;
      this.#settle();
      return;
    }
    const running = this.#next ?? this.#current;
    if (running && sameProcess(before.spec, row.spec)) {
      this.#rescale();
      return;
    }
    const launch = readLaunch(row.spec);
    this.#retire(this.#next);
    const replaced = this.#current;
    // A process on the declared port leaves it before its successor can have it.
    if (replaced?.onDeclaredPort) {
      this.#retire(replaced);
      this.#current = undefined;
    }
    const plan = { id: row.id, revision: row.metadata.revision, launch, dir: this.#dir };
    const next: Revision = new Revision(plan, this.#platform, {
      onChange: () => this.#moved(next),
      stopped: (gone) => this.#leave(gone),
    });
    this.#next = next;
    this.#rescale();
  }

  /** Starts its processes anew, now; see {@link Revision.restart}. */
  restart(kill: boolean): void {
    this.#next?.restart(kill);
    this.#current?.restart(kill);
  }

  async enter(signal: AbortSignal): Promise<Visit> {
    const done = this.#demand.enter();
    this.#rescale();
    const left = () => {
      done();
      this.#rescale();
    };
    try {
      const visit = await this.#admit(signal);
      return {
        ...visit,
        leave: () => {
          visit.leave();
          left();
        },
      };
    } catch (error) {
      left();
      throw error;
    }
  }

  /** Waits for a process that takes a request: what Knative's activator does, and for as long. */
  async #admit(signal: AbortSignal): Promise<Visit> {
    const until = performance.now() + this.requestTimeoutMs;
    for (;;) {
      const visit = this.#current?.enter();
      if (visit) return visit;
      const { phase, message } = this.#state;
      if (phase === "stopped") throw new Refusal(503, `App ${this.name} is stopped`);
      if (phase === "failed") throw new Refusal(503, `App ${this.name} has failed: ${message}`);
      const remains = until - performance.now();
      if (this.#closed || signal.aborted) throw new Refusal(503, `App ${this.name} is not there any more`);
      if (remains <= 0) {
        throw new Refusal(
          504,
          `App ${this.name} did not start within its request time-out, ${this.requestTimeoutMs / 1000} s`,
        );
      }
      await this.#change(remains, signal);
    }
  }

  /** Ends its processes and gives the port back, for good. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#rescaling);
    this.#retire(this.#current, this.#next);
    this.#current = this.#next = undefined;
    await this.#server.close();
    for (const wake of [...this.#waiting]) wake();
    await Promise.all(this.#leaving);
  }

  /** Resolves when the state changes, the signal aborts or the time is over. */
  #change(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener("abort", wake, { once: true });
      this.#waiting.add(wake);
    });
  }

  #moved(revision: Revision): void {
    if (revision !== this.#current && revision !== this.#next) return;
    if (revision === this.#next && revision.isComplete) {
      this.#retire(this.#current);
      this.#current = revision;
      this.#next = undefined;
      this.#demand.keepOne();
      this.#rescale();
      return;
    }
    this.#settle();
  }

  #retire(...revisions: (Revision | undefined)[]): void {
    for (const revision of revisions) revision?.stop(this.#platform.timing.drainMs);
  }

  #leave(stopped: Promise<void>): void {
    const gone = stopped.finally(() => this.#leaving.delete(gone));
    this.#leaving.add(gone);
  }

  /** Gives each revision the processes that the requests need, and looks again when they may need fewer. */
  #rescale(): void {
    if (this.#closed) return;
    const { wanted, changesInMs } = this.#demand;
    // One that fails is tried again until it serves, and is not to pass for one that sleeps.
    const least = this.#current?.phase === "failed" ? 1 : 0;
    this.#current?.scaleTo(Math.max(wanted, least), this.requestTimeoutMs);
    // A revision shows that it serves before anything else, also one that nobody asks for.
    this.#next?.scaleTo(Math.max(wanted, 1), this.#platform.timing.drainMs);
    this.#settle();
    clearTimeout(this.#rescaling);
    this.#rescaling = undefined;
    if (changesInMs === undefined || this.row.spec.desiredState === DesiredState.STOPPED) return;
    this.#rescaling = setTimeout(() => this.#rescale(), Math.min(changesInMs + 1, MAX_TIMER_MS)).unref();
  }

  get #standing(): Standing {
    if (this.row.spec.desiredState === DesiredState.STOPPED)
      return { phase: "stopped", message: "", substate: undefined };
    return standingOf(this.#current, this.#next);
  }

  /** Reads the state off the revisions and tells when it is another one. */
  #settle(): void {
    const next = { replicas: this.#current?.ready ?? 0, ...this.#standing };
    const { phase, message, substate, replicas, since } = this.#state;
    const same = next.phase === phase && next.message === message;
    if (same && next.substate === substate && next.replicas === replicas) return;
    // More or fewer processes are no transition of the app's conditions.
    this.#state = { ...next, since: same ? since : Date.now() };
    for (const wake of [...this.#waiting]) wake();
    this.#onChange();
  }
}
