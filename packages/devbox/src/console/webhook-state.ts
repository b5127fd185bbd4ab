import { gunzipSync } from "node:zlib";
import { endpointDefinition, isEndpointId, type WebhookSpec } from "@flyte-webhook/core";
import type { WebhookState } from "./live-state.ts";

/** Bytes of the largest spec that is unpacked; the webhook itself reads no larger one. */
const MAX_BYTES = 1024 * 1024;

/** What a webhook's command line says it is; null when it is no webhook's. */
export function webhookStateOf(words: readonly string[]): WebhookState | null {
  const spec = specOf(words);
  if (!spec) return null;
  const names = (list: unknown) => (Array.isArray(list) ? list.map(String) : null);
  return {
    title: String(spec.title ?? ""),
    description: String(spec.description ?? ""),
    requiresAuth: spec.requiresAuth !== false,
    // A later version's webhook may have endpoints that are not known here.
    endpoints: spec.endpoints.filter(isEndpointId).map((id) => {
      const { group, method, path, summary, auth } = endpointDefinition(id);
      return { id, group, method, path, summary, open: auth === "none" };
    }),
    allowed: {
      tasks: names(spec.taskAllowlist),
      apps: names(spec.appAllowlist),
      triggers: names(spec.triggerAllowlist),
    },
  };
}

function specOf(words: readonly string[]): (Partial<WebhookSpec> & Pick<WebhookSpec, "endpoints">) | undefined {
  const at = words.indexOf("--spec");
  const text = at < 0 ? undefined : words[at + 1];
  if (text === undefined) return undefined;
  try {
    const json = gunzipSync(Buffer.from(text, "base64url"), { maxOutputLength: MAX_BYTES }).toString("utf8");
    const spec = JSON.parse(json) as WebhookSpec | null;
    return Array.isArray(spec?.endpoints) ? (spec as WebhookSpec) : undefined;
  } catch {
    return undefined;
  }
}
