import { FlyteWebhookError, type WebhookSpec } from "@flyte-webhook/core";
import type { WebhookRequest } from "./webhook-request.ts";

const PROTOCOL = "1.1 flyte-webhook.";

/** The entry of a `Via` header that says a call went out from this webhook. */
export function viaEntry({ name, project, domain }: Pick<WebhookSpec, "name" | "project" | "domain">): string {
  return PROTOCOL + [name, project, domain].map(encodeURIComponent).join(".");
}

/** The `Via` header of a call that goes out for a request: the webhooks it came through, then this one. */
export function viaOf(request: WebhookRequest, entry: string): string {
  return [...hops(request.header("via") ?? "").filter((hop) => hop.startsWith(PROTOCOL)), entry].join(", ");
}

/**
 * Refuses a request that this webhook itself sent: an app of another name whose address leads back here is so recognised,
 * whatever the name, the address, or the endpoint that is called. Throws `self_reference`.
 */
export function refuseOwnCall(request: WebhookRequest, entry: string): void {
  const via = request.header("via");
  if (via !== undefined && hops(via).includes(entry)) throw new FlyteWebhookError("self_reference", "Cannot call self");
}

const hops = (via: string): string[] => via.split(",").map((hop) => hop.trim());
