import type { Connection } from "@flyte-webhook/client/connection";
import type { GuardedClientOptions } from "@flyte-webhook/client/outbound";
import type { WebhookLimits, WebhookSpec } from "@flyte-webhook/core";

/** What the endpoints of one webhook share; it holds nothing of any request. */
export interface Webhook {
  readonly spec: WebhookSpec;
  readonly connection: Connection;
  readonly limits: WebhookLimits;
  /** How apps and the store of uploads are reached. */
  readonly network?: Network | undefined;
}

/** Trust and names for connections that do not go to the control plane. */
export type Network = Omit<GuardedClientOptions, "loopback">;
