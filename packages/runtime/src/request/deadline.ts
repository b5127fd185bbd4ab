import type { Caller } from "@flyte-webhook/client/caller";
import { FlyteWebhookError, type WebhookLimits } from "@flyte-webhook/core";
import type { Parameters } from "./parameters.ts";

/**
 * What the next control-plane call of a request takes: its caller, and of the time allowed to one call no more than the
 * request has left. Throws `deadline_exceeded` when nothing is left: then nothing more is asked.
 */
export type NextCall = () => { readonly caller: Caller; readonly timeoutMs: number };

/** Milliseconds that a request has to be answered: what it asks to wait comes on top of what every request has. */
export function timeAllowed({ wait: waits, timeout: seconds }: Parameters, limits: WebhookLimits): number {
  const wait = waits === true ? limits.waitMs : 0;
  const timeout = typeof seconds === "number" ? seconds * 1000 : 0;
  return limits.requestMs + wait + timeout;
}

/** Does the work, or rejects with `deadline_exceeded` when it takes longer than `allowedMs`. */
export function withinDeadline<T>(
  { allowedMs, callMs, caller }: { allowedMs: number; callMs: number; caller: Caller },
  work: (call: NextCall) => Promise<T>,
): Promise<T> {
  const end = performance.now() + allowedMs;
  const call: NextCall = () => {
    const left = Math.ceil(end - performance.now());
    if (left <= 0) throw late(allowedMs);
    return { caller, timeoutMs: Math.min(callMs, left) };
  };
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late(allowedMs)), allowedMs);
    work(call).then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

function late(allowedMs: number): FlyteWebhookError {
  return new FlyteWebhookError("deadline_exceeded", `The request took longer than ${allowedMs} ms`);
}
