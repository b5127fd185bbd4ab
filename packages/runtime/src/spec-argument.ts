import { gunzipSync } from "node:zlib";
import { FlyteWebhookError, type WebhookSpec } from "@flyte-webhook/core";
import { parseWebhookSpec } from "@flyte-webhook/core/parse-webhook-spec";

/** A spec is small; anything larger than this once unpacked is no spec. */
const MAX_SPEC_BYTES = 1024 * 1024;

/**
 * The webhook's spec from its command line: `--spec <base64url(gzip(JSON))>`. That form holds no `$(…)` or `{{…}}`, which
 * a kubelet and a Flyte backend would fill in. What a declaration's own `args` add after it is left alone. Throws `invalid_spec`.
 */
export function specFromArguments(args: readonly string[]): WebhookSpec {
  const [flag, text] = args;
  if (flag !== "--spec" || text === undefined) {
    throw new FlyteWebhookError("invalid_spec", "usage: webhook.mjs --spec <base64url(gzip(JSON))>");
  }
  let json: unknown;
  try {
    json = JSON.parse(gunzipSync(Buffer.from(text, "base64url"), { maxOutputLength: MAX_SPEC_BYTES }).toString("utf8"));
  } catch (cause) {
    throw new FlyteWebhookError("invalid_spec", "--spec is not gzipped JSON in base64url", { cause });
  }
  return parseWebhookSpec(json);
}
