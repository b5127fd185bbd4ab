import { mkdirSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { injectSecrets } from "../secrets/inject-secrets.ts";
import { appSecretDirectory, removeSecretFiles } from "../secrets/secret-files.ts";
import type { AppId } from "./app-id.ts";
import { capLog, logSize } from "./app-log.ts";
import { AppProcess } from "./app-process.ts";
import { crashMessage } from "./crash-message.ts";
import { processEnvironment } from "./environment.ts";
import { freePort } from "./free-port.ts";
import { expandVariables, type Launch } from "./launch.ts";
import { localPath } from "./local-images.ts";
import type { AppPlatform } from "./platform.ts";
import { type Target, untilListening } from "./readiness.ts";
import type { Visit } from "./upstream.ts";

/**
 * `failed`: crashed so often that it is reported, and tried again all the same. `ended`: stopped, for good.
 * While a process is made anew after its first crash the replica is `starting` again.
 */
export type ReplicaPhase = "starting" | "ready" | "failed" | "ended";

export interface ReplicaPlan {
  readonly id: AppId;
  readonly revision: bigint;
  readonly launch: Launch;
  /** The app's own directory; each revision works in one below it. */
  readonly dir: string;
}

/** Milliseconds between two looks at the size of a log. */
const LOG_CAP_MS = 2000;
/** Milliseconds that an idle connection to the app is kept; servers close theirs after 5 s (uvicorn, Node) or later. */
const IDLE_CONNECTION_MS = 2000;

/** One revision of an app, kept running: its process is started, watched, started again when it ends, and stopped. */
export class Replica {
  readonly plan: ReplicaPlan;
  readonly logFile: string;
  /** Keeps connections to the process, and no other one. */
  readonly agent = new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS });
  phase: ReplicaPhase = "starting";
  /** Why the replica is `failed`. */
  failure = "";
  target: Target | undefined;
  #inFlight = 0;
  /** No process is started any more. */
  #leaving = false;
  #process: AppProcess | undefined;
  readonly #platform: AppPlatform;
  readonly #onChange: () => void;
  readonly #stop = new AbortController();
  readonly #idle: Set<() => void> = new Set();
  readonly #finished: Promise<void>;

  constructor(plan: ReplicaPlan, platform: AppPlatform, onChange: () => void) {
    this.plan = plan;
    this.#platform = platform;
    this.#onChange = onChange;
    this.logFile = join(plan.dir, `${plan.revision}.log`);
    this.#finished = this.#keepRunning();
  }

  /** Whether the process ignores `PORT`: then a second one cannot run beside it. */
  get onDeclaredPort(): boolean {
    return this.target !== undefined && this.target.port === this.plan.launch.declaredPort;
  }

  /** Counts a request in until it leaves. Undefined when no process takes requests. */
  enter(): Visit | undefined {
    const { target, agent } = this;
    if (this.phase !== "ready" || !target) return undefined;
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

  /** Lets requests in flight finish for up to `drainMs`, then ends the process. Resolves when it is gone. */
  async stop(drainMs: number): Promise<void> {
    this.#leaving = true;
    if (this.#inFlight > 0 && drainMs > 0) await this.#untilIdle(drainMs);
    this.#stop.abort();
    await this.#process?.stop(this.#platform.timing.graceMs);
    await this.#finished;
    this.agent.destroy();
  }

  get #workDir(): string {
    return join(this.plan.dir, String(this.plan.revision));
  }

  async #keepRunning(): Promise<void> {
    const { timing } = this.#platform;
    const { signal } = this.#stop;
    let crashes = 0;
    // The caller is to have this replica in hand before it changes.
    await Promise.resolve();
    while (!this.#leaving) {
      const { message, servedMs, final } = await this.#runOnce().catch((error) => this.#couldNotRun(error));
      if (this.#leaving) break;
      crashes = servedMs >= timing.stableMs ? 1 : crashes + 1;
      const pause = Math.min(timing.backoffMs * 2 ** (crashes - 1), timing.backoffMaxMs);
      if (final || crashes >= timing.crashesUntilFailed) this.#become("failed", message);
      else this.#become("starting");
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
    this.#become("ended");
  }

  /** One process from its start to its end. `final`: the next one would hardly do better. */
  async #runOnce(): Promise<{ message: string; servedMs: number; final: boolean }> {
    const { plan, logFile } = this;
    const { timing } = this.#platform;
    const port = await freePort();
    const cwd = this.#workDir;
    mkdirSync(cwd, { recursive: true, mode: 0o700 });
    const secretFiles = appSecretDirectory(this.#platform.dir);
    const secrets = injectSecrets(plan.launch.secrets, plan.id, this.#platform.secrets, secretFiles);
    const env = { ...processEnvironment(plan.launch, { ...plan, port, home: cwd }, this.#platform), ...secrets };
    const [program, ...args] = plan.launch.words.map((word) =>
      localPath(this.#platform.images, plan.launch.image, expandVariables(word, env)),
    );
    const logStart = logSize(logFile);
    if (this.#leaving) return { message: "", servedMs: 0, final: true };
    const child = new AppProcess({ program: program ?? "", args, env, cwd, logFile });
    this.#process = child;
    if (child.pid !== undefined) this.#platform.recordProcess(child.pid, plan.id);
    const cap = setInterval(() => capLog(logFile), LOG_CAP_MS).unref();

    const target = await untilListening(child, port, plan.launch.declaredPort, timing.startMs, this.#stop.signal);
    const readyAt = performance.now();
    this.target = target;
    if (target) this.#become("ready");
    else if (!this.#stop.signal.aborted) await child.stop(timing.graceMs);
    const exit = await child.exited;
    removeSecretFiles(secretFiles);

    this.target = undefined;
    clearInterval(cap);
    if (child.pid !== undefined) this.#platform.forgetProcess(child.pid);
    const { image, declaredPort } = plan.launch;
    const portHolder = target || declaredPort === undefined ? undefined : await this.#platform.portHolder(declaredPort);
    const crash = { program, image, exit, port, declaredPort, startMs: timing.startMs, portHolder, logFile, logStart };
    return {
      message: crashMessage({ ...crash, wasReady: target !== undefined }),
      servedMs: target ? performance.now() - readyAt : 0,
      // It could not be started, or had all its time to listen.
      final: exit.error !== undefined || (!target && exit.endedByUs),
    };
  }

  /** The machine is at fault, not the app: a full disk, no more files to open. */
  async #couldNotRun(error: Error): Promise<{ message: string; servedMs: number; final: boolean }> {
    this.target = undefined;
    await this.#process?.stop(this.#platform.timing.graceMs);
    return { message: `The devbox could not run the app: ${error.message}`, servedMs: 0, final: true };
  }

  #become(phase: ReplicaPhase, failure = ""): void {
    // A failed replica stays failed through its further tries, until one of them serves.
    if (this.phase === "failed" && phase === "starting") return;
    this.phase = phase;
    this.failure = failure;
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
