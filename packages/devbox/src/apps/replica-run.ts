import { appendFileSync, mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { FlyteWebhookError } from "@flyte-webhook/core";
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
import type { Substate } from "./substate.ts";

export interface RunPlan {
  readonly id: AppId;
  readonly revision: bigint;
  readonly launch: Launch;
  /** Working directory and home, made when it is not there. */
  readonly workDir: string;
  readonly logFile: string;
}

/** How one process of a replica ended. */
export interface RunEnd {
  /** Why, for whoever deployed the app. */
  readonly message: string;
  readonly substate: Substate | undefined;
  /** Milliseconds that it took connections. */
  readonly servedMs: number;
  /** The next one would hardly do better. */
  readonly final: boolean;
}

export interface RunEvents {
  /** The process is there; it takes no connections yet. */
  readonly started: (child: AppProcess) => void;
  readonly listening: (target: Target) => void;
  /** Aborted when the replica is to end; then whoever aborts ends the process too. */
  readonly signal: AbortSignal;
}

/** Milliseconds between two looks at the size of a log. */
const LOG_CAP_MS = 2000;

/** Runs one process of an app from its start to its end. Throws only what is the machine's fault. */
export async function runReplica(plan: RunPlan, platform: AppPlatform, events: RunEvents): Promise<RunEnd> {
  const { launch, logFile, workDir } = plan;
  const fault = platform.fault(plan.id);
  if (fault?.delayMs) await sleep(fault.delayMs, undefined, { signal: events.signal }).catch(() => undefined);
  if (fault?.failure) {
    const { log, substate, message } = fault.failure;
    if (log) appendFileSync(logFile, `${log}\n`, { mode: 0o600 });
    return { message: message(launch.image), substate, servedMs: 0, final: true };
  }
  const { timing } = platform;
  const port = await freePort();
  mkdirSync(workDir, { recursive: true, mode: 0o700 });
  const secretFiles = appSecretDirectory(platform.dir);
  const secrets = secretsOf(plan, platform, secretFiles);
  if ("message" in secrets) return secrets;
  const env = { ...processEnvironment(launch, { ...plan, port, home: workDir }, platform), ...secrets.env };
  const [program, ...args] = launch.words.map((word) =>
    localPath(platform.images, launch.image, expandVariables(word, env)),
  );
  const logStart = logSize(logFile);
  if (events.signal.aborted) return { message: "", substate: undefined, servedMs: 0, final: true };
  const child = new AppProcess({ program: program ?? "", args, env, cwd: workDir, logFile });
  events.started(child);
  if (child.pid !== undefined) platform.recordProcess(child.pid, plan.id);
  const cap = setInterval(() => capLog(logFile), LOG_CAP_MS).unref();

  const target = await untilListening(child, port, launch.declaredPort, timing.startMs, events.signal);
  const readyAt = performance.now();
  if (target) events.listening(target);
  else if (!events.signal.aborted) await child.stop(timing.graceMs);
  const exit = await child.exited;
  removeSecretFiles(secretFiles);
  clearInterval(cap);
  if (child.pid !== undefined) platform.forgetProcess(child.pid);

  const { image, declaredPort } = launch;
  const portHolder = target || declaredPort === undefined ? undefined : await platform.portHolder(declaredPort);
  const crash = { program, image, exit, port, declaredPort, startMs: timing.startMs, portHolder, logFile, logStart };
  const neverListened = !target && exit.endedByUs;
  return {
    message: crashMessage({ ...crash, wasReady: target !== undefined }),
    substate: exit.error || neverListened ? undefined : "crashLoop",
    servedMs: target ? performance.now() - readyAt : 0,
    // It could not be started, or had all its time to listen.
    final: exit.error !== undefined || neverListened,
  };
}

/** An app without one of its secrets cannot start; it is tried again, for the secret may be created. */
function secretsOf(
  { id, launch }: RunPlan,
  { secrets }: AppPlatform,
  directory: string,
): { env: Record<string, string> } | RunEnd {
  try {
    return { env: injectSecrets(launch.secrets, id, secrets, directory) };
  } catch (error) {
    removeSecretFiles(directory);
    if (!(error instanceof FlyteWebhookError)) throw error;
    const message = `The devbox could not run the app: ${error.message}`;
    return { message, substate: "secretMountError", servedMs: 0, final: true };
  }
}
