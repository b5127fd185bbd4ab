import { createServer, type Server } from "node:http";
import { Spec_DesiredState as DesiredState, type Status } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import type { AppRow } from "../store/apps.ts";
import { appKey } from "./app-id.ts";
import { type AppPhase, type AppState, appStatus } from "./app-state.ts";
import { readLaunch, sameProcess } from "./launch.ts";
import type { AppPlatform } from "./platform.ts";
import { proxyRequest, proxyUpgrade, Refusal, type Upstream } from "./proxy.ts";
import { listenOnPublicPort } from "./public-port.ts";
import { Replica } from "./replica.ts";

/** Milliseconds an app may take to begin an answer when its spec says nothing: the platform's default. */
const DEFAULT_REQUEST_MS = 300_000;

/** One app: its public address, the process that serves it, and the one that is about to replace that. */
export class RunningApp implements Upstream {
  row: AppRow;
  readonly #dir: string;
  readonly #platform: AppPlatform;
  readonly #onChange: () => void;
  readonly #server: Server;
  #port = 0;
  #current: Replica | undefined;
  #next: Replica | undefined;
  #state: AppState = { phase: "new", message: "", since: Date.now(), replicas: 0 };
  readonly #waiting = new Set<() => void>();
  /** Replicas that are on their way out; closing waits for them too. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(row: AppRow, dir: string, platform: AppPlatform, onChange: () => void) {
    this.row = row;
    this.#dir = dir;
    this.#platform = platform;
    this.#onChange = onChange;
    this.#server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
      void proxyRequest(this, request, response);
    });
    this.#server.on("upgrade", (request, socket, head) => void proxyUpgrade(this, request, socket, head));
  }

  get name(): string {
    return this.row.id.name;
  }

  get requestTimeoutMs(): number {
    const seconds = Number(this.row.spec.timeouts?.requestTimeout?.seconds ?? 0n);
    return seconds > 0 ? seconds * 1000 : DEFAULT_REQUEST_MS;
  }

  get publicUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get status(): Status {
    return appStatus(this.#state, this.publicUrl, this.row.createdAtMs);
  }

  get isStopped(): boolean {
    return this.#state.phase === "stopped";
  }

  /** Whether its process has this port, as apps that ignore `PORT` do. */
  servesOn(port: number): boolean {
    return this.#current?.target?.port === port;
  }

  /** The log of the process that serves, or of the one that is being tried. */
  get logFile(): string | undefined {
    return (this.#next ?? this.#current)?.logFile;
  }

  /** Takes the public port; resolves with it. */
  async listen(): Promise<number> {
    this.#port = await listenOnPublicPort(this.#server, appKey(this.row.id), this.row.port);
    return this.#port;
  }

  /** Makes the processes fit the row: starts, replaces or stops them. Throws `invalid_argument` for a spec that cannot run. */
  apply(row: AppRow): void {
    const before = this.row;
    this.row = row;
    if (row.spec.desiredState === DesiredState.STOPPED) {
      this.#retire(this.#current, this.#next);
      this.#current = this.#next = undefined;
      this.#settle();
      return;
    }
    const running = this.#next ?? this.#current;
    if (running && sameProcess(before.spec, row.spec)) return;
    const launch = readLaunch(row.spec);
    this.#retire(this.#next);
    const replaced = this.#current;
    // A process on the declared port leaves it before its successor can have it.
    if (replaced?.onDeclaredPort) {
      this.#retire(replaced);
      this.#current = undefined;
    }
    const plan = { id: row.id, revision: row.metadata.revision, launch, dir: this.#dir };
    const replica: Replica = new Replica(plan, this.#platform, () => this.#moved(replica));
    this.#next = replica;
    this.#settle();
  }

  /** The process that serves, once there is one. Throws {@link Refusal} when there is none to be had. */
  async serving(signal: AbortSignal): Promise<Replica> {
    const until = performance.now() + this.#platform.timing.holdMs;
    for (;;) {
      if (this.#current?.phase === "ready") return this.#current;
      const { phase, message } = this.#state;
      if (phase === "stopped") throw new Refusal(503, `App ${this.name} is stopped`);
      if (phase === "failed") throw new Refusal(503, `App ${this.name} has failed: ${message}`);
      const left = until - performance.now();
      if (left <= 0 || signal.aborted) throw new Refusal(503, `App ${this.name} is still starting`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", wake);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        signal.addEventListener("abort", wake, { once: true });
        this.#waiting.add(wake);
      });
    }
  }

  /** Ends its processes and gives the port back. */
  async close(): Promise<void> {
    this.#retire(this.#current, this.#next);
    this.#current = this.#next = undefined;
    this.#server.close();
    this.#server.closeAllConnections();
    await Promise.all(this.#leaving);
  }

  #moved(replica: Replica): void {
    if (replica === this.#next && replica.phase === "ready") {
      this.#retire(this.#current);
      this.#current = replica;
      this.#next = undefined;
    }
    this.#settle();
  }

  #retire(...replicas: (Replica | undefined)[]): void {
    for (const replica of replicas) {
      if (!replica) continue;
      const gone = replica.stop(this.#platform.timing.drainMs).finally(() => this.#leaving.delete(gone));
      this.#leaving.add(gone);
    }
  }

  /** Reads the state off the replicas and tells when it is another one. */
  #settle(): void {
    const shown = this.#current?.phase === "ready" ? this.#current : (this.#next ?? this.#current);
    const stopped = this.row.spec.desiredState === DesiredState.STOPPED;
    const phase = stopped ? "stopped" : PHASES[shown?.phase ?? "starting"];
    const message = phase === "failed" ? (shown?.failure ?? "") : "";
    if (phase === this.#state.phase && message === this.#state.message) return;
    this.#state = { phase, message, since: Date.now(), replicas: phase === "active" ? 1 : 0 };
    for (const wake of [...this.#waiting]) wake();
    this.#onChange();
  }
}

const PHASES = {
  starting: "starting",
  ready: "active",
  failed: "failed",
  ended: "starting",
} as const satisfies Record<Replica["phase"], AppPhase>;
