import { FlyteWebhookError } from "@flyte-webhook/core";

/**
 * Whether a write failed because the app changed in between, so that nothing was written: `aborted`, or on an open-source
 * plane `internal` with Kubernetes' own words.
 */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof FlyteWebhookError)) return false;
  return error.code === "aborted" || (error.code === "internal" && error.message.includes("object has been modified"));
}
