import { createHash } from "node:crypto";
import type { WebhookSpec } from "@flyte-webhook/core";

/** Member of the OpenAPI document's `info` by which a webhook says which spec it serves. */
export const SPEC_HASH_FIELD = "x-flyte-webhook-spec";

/**
 * A digest of a spec, the same whatever the order of its keys: the webhook shows it in its OpenAPI document, so that
 * whoever deployed a spec can tell that it is this one that is served. It tells nothing of what is in the spec.
 */
export function webhookSpecHash(spec: WebhookSpec): string {
  return createHash("sha256").update(JSON.stringify(spec, sorted)).digest("hex").slice(0, 32);
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
