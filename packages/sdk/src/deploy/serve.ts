import { type ControlPlane, publicUrl } from "@flyte-webhook/client";
import { describeStatus, isAsBefore, standingOf } from "@flyte-webhook/client/app-status";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { App as AppMessage } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import type { AppEnvironment } from "../environment/app-environment.ts";
import { FlyteWebhookAppEnvironment } from "../environment/flyte-webhook-app-environment.ts";
import { webhookSpecOf } from "../plan/read-webhook-spec.ts";
import { type App, createApp } from "./app.ts";
import { appStates } from "./app-states.ts";
import { isConflict } from "./conflict.ts";
import { type DeployOptions, listed, type Submitted, submit } from "./deploy.ts";
import { DeployError } from "./deploy-error.ts";
import { evidenceOf } from "./evidence.ts";
import { lastLogLines } from "./last-log-lines.ts";
import { probe } from "./probe.ts";
import { PUT_REASON } from "./put-app.ts";
import { rollBack } from "./roll-back.ts";
import { failedSubstate } from "./substate.ts";

export interface ServeOptions extends DeployOptions {
  /** Milliseconds until it must serve. Default 300,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * When it fails or does not serve in time: put the spec that the app had before back. A new app stays as it is.
   * Default false.
   */
  readonly rollbackOnFailure?: boolean | undefined;
}

const DEFAULT_TIMEOUT_MS = 300_000;
const LOG_LINES = 20;
/**
 * How long a plane may take to begin with a change. Until then it tells the state of before; a webhook tells by itself
 * which declaration answers, any other app does not.
 */
const BEGIN_MS = 5000;

/**
 * Deploys an app, or several, and waits until they really serve: the control plane says they are active, and they answer
 * at their public address (a webhook with this very declaration). Throws what `deploy` throws, and {@link DeployError}
 * (`deploy_failed`) with the reason and the last log lines as soon as an app fails, or when it does not serve in time.
 */
export async function serve(environment: AppEnvironment, options?: ServeOptions): Promise<App>;
export async function serve(environments: readonly AppEnvironment[], options?: ServeOptions): Promise<App[]>;
export async function serve(declared: AppEnvironment | readonly AppEnvironment[], options: ServeOptions = {}) {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timeout = AbortSignal.timeout(timeoutMs);
  // Whatever the end, no watch or request of it outlives the call.
  const end = new AbortController();
  const signal = AbortSignal.any([timeout, end.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    const submitted = await submit(listed(declared), { ...options, signal });
    const served = await Promise.allSettled(submitted.map((one) => serveOne(one, options, signal, timeout, timeoutMs)));
    options.signal?.throwIfAborted();
    const apps = served.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    });
    return Array.isArray(declared) ? apps : apps[0];
  } finally {
    end.abort();
  }
}

async function serveOne(
  submitted: Submitted,
  options: ServeOptions,
  signal: AbortSignal,
  timeout: AbortSignal,
  timeoutMs: number,
): Promise<App> {
  const seen: Seen = { state: submitted.app, reason: undefined };
  try {
    return createApp(submitted.plane, await untilServing(submitted, options, signal, seen));
  } catch (error) {
    options.signal?.throwIfAborted();
    let failed = error;
    if (timeout.aborted) {
      const { status, message } = describeStatus(seen.state);
      const why = seen.reason ?? [`its state is ${status}`, message].filter((part) => part !== "").join(": ");
      const what = `does not serve after ${Math.round(timeoutMs / 1000)} s: ${why}`;
      failed = await failure(submitted, seen.state, what, { cause: error, hint: lateHint(submitted, seen) });
    }
    throw options.rollbackOnFailure ? await rolledBack(submitted, options, failed) : failed;
  }
}

/** What was last known, for the report of a deadline. */
interface Seen {
  state: AppMessage;
  reason: string | undefined;
}

async function untilServing(
  submitted: Submitted,
  { onEvent }: ServeOptions,
  signal: AbortSignal,
  seen: Seen,
): Promise<AppMessage> {
  const { plane, environment, message: declared, before, change } = submitted;
  const id = declared.metadata?.id;
  const name = { name: environment.name, project: id?.project, domain: id?.domain };
  const spec = environment instanceof FlyteWebhookAppEnvironment ? webhookSpecOf(declared) : undefined;
  const submittedAt = performance.now();
  const isOld = (state: AppMessage) =>
    spec === undefined &&
    change === "updated" &&
    before !== undefined &&
    performance.now() - submittedAt < BEGIN_MS &&
    isAsBefore(state, before);
  let told = "";
  let nudged = false;
  for await (const state of appStates(plane.apps, name, signal)) {
    seen.state = state;
    const { status, message } = describeStatus(state);
    const isNews = status !== "UNSPECIFIED" && told !== `${status}: ${message}`;
    if (isNews) onEvent?.({ type: "status", name: environment.name, status, message });
    if (isNews) told = `${status}: ${message}`;
    const standing = standingOf(state, change === "updated" ? before : undefined);
    if (standing.kind === "failed") {
      const word = failedSubstate(state)?.name;
      throw await failure(submitted, state, `failed${word ? ` (${word})` : ""}: ${standing.reason}`);
    }
    if (standing.kind === "stopped" && !nudged) {
      // An open-source plane takes an unchanged app as it is, even when it is stopped.
      nudged = await activate(plane, state, signal);
    }
    const endpoint = publicUrl(state);
    if (standing.kind !== "active" || endpoint === "" || isOld(state)) continue;
    const reason = await probe(spec, endpoint, signal);
    if (reason === undefined) {
      onEvent?.({ type: "serving", name: environment.name, endpoint });
      return state;
    }
    if (reason !== seen.reason) onEvent?.({ type: "waiting", name: environment.name, endpoint, reason });
    seen.reason = reason;
  }
  throw new FlyteWebhookError("bug", "the states of an app ended");
}

/** False when the app changed in between: its next state tells whether it is still stopped. */
async function activate({ apps }: ControlPlane, state: AppMessage, signal: AbortSignal): Promise<boolean> {
  try {
    await apps.setDesiredState(state, "active", PUT_REASON, { signal });
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

/** The failure, with what became of the rollback. Only a deployment that failed by itself is rolled back. */
async function rolledBack(submitted: Submitted, { onEvent }: ServeOptions, failed: unknown): Promise<unknown> {
  if (!(failed instanceof DeployError)) return failed;
  const told = (text: string) =>
    new DeployError(`${failed.message}\n${text}`, failed.evidence, {
      cause: failed,
      ...(failed.hint !== undefined && { hint: failed.hint }),
      ...(failed.substate !== undefined && { substate: failed.substate }),
    });
  try {
    if (!(await rollBack(submitted))) return told("Nothing was put back: there is no earlier spec to go back to.");
    onEvent?.({ type: "rolled_back", name: submitted.environment.name });
    return told("The spec that it had before was put back.");
  } catch (error) {
    return told(`The spec that it had before could not be put back: ${FlyteWebhookError.from(error).message}`);
  }
}

/** What keeps an app that says nothing of a failure from being active, most of all. */
function lateHint({ environment }: Submitted, { reason }: Seen): string {
  if (reason !== undefined) return "Look at what it answers there, or give it more time (timeoutMs).";
  const { port } = environment.resolved.port;
  return `Its program should listen on port ${port} (or $PORT) of all addresses, not of localhost alone; or give it more time (timeoutMs).`;
}

async function failure(
  { plane, environment, message }: Submitted,
  state: AppMessage,
  what: string,
  { cause, hint: given }: { readonly cause?: unknown; readonly hint?: string } = {},
): Promise<DeployError> {
  const id = message.metadata?.id;
  const name = { name: environment.name, project: id?.project, domain: id?.domain };
  const lines = await lastLogLines(plane.apps, name, LOG_LINES);
  // The devbox's reason holds the log already.
  const isTold = what.includes(lines.at(-1) ?? "");
  const log =
    lines.length > 0 && !isTold ? `\nIts last log lines:\n${lines.map((line) => `  ${line}`).join("\n")}` : "";
  const substate = failedSubstate(state);
  const noLog = lines.length === 0 ? "The control plane has no log of it." : undefined;
  const hint = substate?.hint ?? ([noLog, given].filter(Boolean).join(" ") || undefined);
  return new DeployError(`"${environment.name}" ${what}${log}`, evidenceOf(state, lines), {
    ...(cause !== undefined && { cause }),
    ...(hint !== undefined && { hint }),
    ...(substate && { substate: substate.name }),
  });
}
