import type { Connection } from "@flyte-webhook/client/connection";
import type { GuardedClientOptions } from "@flyte-webhook/client/outbound";
import type { WebhookSpec } from "@flyte-webhook/core";

/** Bounds on what comes from outside, and on how long it may take. */
export interface Limits {
  /** Largest request body in bytes. Default 1 MiB: inputs beyond it could not be read back from a plane's store. */
  readonly bodyBytes: number;
  /** Milliseconds of one control-plane call, retries included. Default 15,000. */
  readonly callMs: number;
  /** Milliseconds that `wait=true` waits for an app. Default 300,000. */
  readonly waitMs: number;
  /** Largest answer of a called app in bytes that is read whole. Default 16 MiB; streamed answers have no bound. */
  readonly answerBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 1024 * 1024,
  callMs: 15_000,
  waitMs: 300_000,
  answerBytes: 16 * 1024 * 1024,
};

/** What the endpoints of one webhook share; it holds nothing of any request. */
export interface Webhook {
  readonly spec: WebhookSpec;
  readonly connection: Connection;
  readonly limits: Limits;
  /** How apps and the store of uploads are reached. */
  readonly network?: Network | undefined;
}

/** Trust and names for connections that do not go to the control plane. */
export type Network = Omit<GuardedClientOptions, "loopback">;
