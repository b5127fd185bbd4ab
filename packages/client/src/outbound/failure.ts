import { FlyteWebhookError } from "@flyte-webhook/core";
import { ForbiddenAddressError } from "./address-guard.ts";

/** What went wrong in a call or while its answer was read. */
export function failure(error: unknown): FlyteWebhookError {
  if (error instanceof FlyteWebhookError) return error;
  const { code, name, message } = (error ?? {}) as { code?: string; name?: string; message?: string };
  const text = `${code ?? name ?? "error"}: ${message ?? String(error)}`;
  return new FlyteWebhookError(error instanceof ForbiddenAddressError ? "bad_target" : "target_unreachable", text, {
    cause: error,
  });
}
