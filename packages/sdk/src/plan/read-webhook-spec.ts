import { gunzipSync } from "node:zlib";
import type { WebhookSpec } from "@flyte-webhook/core";
import type { App } from "@flyte-webhook/idl/flyteidl2/app/app_definition";

/** Bytes of the largest spec that is unpacked; the webhook itself reads no larger one. */
const MAX_BYTES = 1024 * 1024;

/** The spec that an app's program boots from; undefined when the app is no webhook of this SDK. */
export function webhookSpecOf(app: App): WebhookSpec | undefined {
  const payload = app.spec?.appPayload;
  if (payload?.case === "container") return fromArguments(payload.value.args);
  if (payload?.case !== "pod") return undefined;
  const containers = (payload.value.podSpec as { containers?: unknown } | undefined)?.containers;
  if (!Array.isArray(containers)) return undefined;
  for (const { args } of containers as { args?: unknown }[]) {
    const spec = Array.isArray(args) ? fromArguments(args) : undefined;
    if (spec) return spec;
  }
  return undefined;
}

function fromArguments(args: readonly unknown[]): WebhookSpec | undefined {
  const text = args[args.indexOf("--spec") + 1];
  if (!args.includes("--spec") || typeof text !== "string") return undefined;
  return decodeWebhookSpec(text);
}

/** Undefined for a text that is no spec; of a later version's spec, what this one understands. */
export function decodeWebhookSpec(text: string): WebhookSpec | undefined {
  try {
    const json = gunzipSync(Buffer.from(text, "base64url"), { maxOutputLength: MAX_BYTES }).toString("utf8");
    const spec = JSON.parse(json) as WebhookSpec | null;
    return Array.isArray(spec?.endpoints) ? (spec as WebhookSpec) : undefined;
  } catch {
    return undefined;
  }
}
