import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { Spec_DesiredState as DesiredState, type Status } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import type { AppRow } from "../store/apps.ts";
import { appKey } from "./app-id.ts";
import { type AppPhase, type AppState, appStatus } from "./app-state.ts";
import { readLaunch, sameProcess } from "./launch.ts";
import type { AppPlatform } from "./platform.ts";
import { proxyRequest } from "./proxy.ts";
import { proxyUpgrade } from "./proxy-upgrade.ts";
import { listenOnPublicPort } from "./public-port.ts";
import { Refusal } from "./refusal.ts";
import { Replica } from "./replica.ts";
import type { Upstream, Visit } from "./upstream.ts";

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
  /** Connections that are no HTTP any more; the server does not count them among its own. */
  readonly #upgraded = new Set<Socket>();
  #listening: Promise<number> | undefined;
  #closed = false;

  constructor(row: AppRow, dir: string, platform: AppPlatform, onChange: () => void) {
    this.row = row;
    this.#dir = dir;
    this.#platform = platform;
    this.#onChange = onChange;
    this.#server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
      void proxyRequest(this, request, response);
    });
    this.#server.on("upgrade", (request, duplex, head) => {
      // What Node's documentation says it is for every server that is not made of other streams.
      const socket = duplex as Socket;
      this.#upgraded.add(socket);
      socket.once("close", () => this.#upgraded.delete(socket));
      void proxyUpgrade(this, request, socket, head);
    });
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

  /** Whether its process has this port, as apps that ignore `PORT` do. */
  servesOn(port: number): boolean {
    return this.#current?.target?.port === port;
  }

  /** The log of the process that serves, or of the one that is being tried. */
  get logFile(): string | undefined {
    return (this.#next ?? this.#current)?.logFile;
  }

  /** Takes the public port, once; resolves with it. */
  listen(): Promise<number> {
    this.#listening ??= listenOnPublicPort(this.#server, appKey(this.row.id), this.row.port).then((port) => {
      this.#port = port;
      return port;
    });
    return this.#listening;
  }

  /** Makes the processes fit the row: starts, replaces or stops them. Throws `invalid_argument` for a spec that cannot run. */
  apply(row: AppRow): void {
    if (this.#closed) return;
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

  async enter(signal: AbortSignal): Promise<Visit> {
    const until = performance.now() + this.#platform.timing.holdMs;
    for (;;) {
      const visit = this.#current?.enter();
      if (visit) return visit;
      const { phase, message } = this.#state;
      if (phase === "stopped") throw new Refusal(503, `App ${this.name} is stopped`);
      if (phase === "failed") throw new Refusal(503, `App ${this.name} has failed: ${message}`);
      const left = until - performance.now();
      if (left <= 0 || signal.aborted) throw new Refusal(503, `App ${this.name} is still starting`);
      await this.#change(left, signal);
    }
  }

  /** Ends its processes and gives the port back, for good. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retire(this.#current, this.#next);
    this.#current = this.#next = undefined;
    // A server that is closed before it listens would never tell.
    await this.#listening?.catch(() => undefined);
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#upgraded) socket.destroy();
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
    const [phase, message] = this.#standing();
    if (phase === this.#state.phase && message === this.#state.message) return;
    const replicas = this.#current?.phase === "ready" ? 1 : 0;
    this.#state = { phase, message, since: Date.now(), replicas };
    for (const wake of [...this.#waiting]) wake();
    this.#onChange();
  }

  #standing(): [phase: AppPhase, message: string] {
    if (this.row.spec.desiredState === DesiredState.STOPPED) return ["stopped", ""];
    if (this.#current?.phase === "ready") {
      const { phase, failure } = this.#next ?? {};
      if (phase === "starting") return ["updating", ""];
      if (phase !== "failed") return ["active", ""];
      return ["updateFailed", `The new revision failed, the one before it serves on. ${failure}`];
    }
    // A revision that failed does not keep the one before from coming back after a crash.
    const shown = this.#current?.phase === "starting" ? this.#current : (this.#next ?? this.#current);
    return [PHASES[shown?.phase ?? "starting"], shown?.failure ?? ""];
  }
}

const PHASES = {
  starting: "starting",
  ready: "active",
  failed: "failed",
  ended: "starting",
} as const satisfies Record<Replica["phase"], AppPhase>;
