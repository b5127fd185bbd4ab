import { GuardedClient, isLoopbackHost } from "@flyte-webhook/client/outbound";
import type { Webhook } from "../webhook.ts";

/** One client per webhook, made when it first calls something beside the control plane. */
const CLIENTS = new WeakMap<Webhook, GuardedClient>();

/** The client for addresses that the control plane names: endpoints of apps and its store. */
export function outbound(webhook: Webhook): GuardedClient {
  let client = CLIENTS.get(webhook);
  if (!client) {
    // Where the control plane is on this machine its apps are too; anywhere else nothing of the pod's own is called.
    const loopback = isLoopbackHost(new URL(webhook.connection.origin).hostname);
    client = new GuardedClient({ ...webhook.network, loopback });
    CLIENTS.set(webhook, client);
  }
  return client;
}
