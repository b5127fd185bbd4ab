import { constants, gzipSync } from "node:zlib";
import { FlyteWebhookError, type WebhookSpec } from "@flyte-webhook/core";

/** Linux hands a program no argument of more than 128 KiB, its end included. */
const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;
/** What the webhook reads at most, unpacked. */
const MAX_JSON_BYTES = 1024 * 1024;

/**
 * A spec as one argument: base64url(gzip(JSON)). So it holds no `$(…)` or `{{…}}`, which a kubelet and a Flyte backend
 * would fill in, and the same spec is the same text. Throws `invalid_declaration` when it is too large to be one.
 */
export function encodeWebhookSpec(spec: WebhookSpec): string {
  const json = Buffer.from(JSON.stringify(spec));
  const packed = gzipSync(json, { level: constants.Z_BEST_COMPRESSION });
  // The header's last byte names the system that packed it; 255 is "unknown".
  packed[9] = 255;
  const text = packed.toString("base64url");
  if (json.length <= MAX_JSON_BYTES && text.length <= MAX_ARGUMENT_BYTES) return text;
  const lists = (["taskAllowlist", "appAllowlist", "triggerAllowlist"] as const)
    .map((name) => `${name} ${spec[name]?.length ?? 0}`)
    .join(", ");
  throw new FlyteWebhookError(
    "invalid_declaration",
    `the declaration of "${spec.name}" is too large to be handed to its container: ` +
      `${json.length} bytes, ${text.length} when packed (at most ${MAX_JSON_BYTES} and ${MAX_ARGUMENT_BYTES}). Entries: ${lists}`,
    { hint: "Shorten the allow-lists (a bare task name stands for every project and domain) or the description." },
  );
}
