import type { ControlPlane, LoadedConfig } from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type Finding, failed, ok, warning } from "./check.ts";

/** Whether the control plane knows who calls. Nobody is asked to log in. */
export async function checkAuth({ users }: ControlPlane, config: LoadedConfig): Promise<Finding> {
  const by = config.apiKey ? "the API key" : (config.authOptions?.type ?? "no credentials");
  try {
    const { subject, name, email } = await users.me();
    return ok(`${name || email || subject || "an unnamed caller"}, by ${by}`);
  } catch (thrown) {
    const error = FlyteWebhookError.from(thrown);
    switch (error.code) {
      case "unimplemented":
        return warning("the control plane does not say who one is", "It is one without logins; nothing is to be done.");
      case "unauthenticated":
        return failed(`the control plane does not take ${by}: ${error.message}`, error.hint ?? mendOf(config));
      default:
        return failed(
          `the control plane did not answer who one is: ${error.message}`,
          error.hint ?? "Check that the address is that of a Flyte 2 control plane.",
        );
    }
  }
}

function mendOf({ apiKey, authOptions }: LoadedConfig): string {
  if (apiKey) return "Ask for a new key, and set FLYTE_API_KEY or admin.apiKey to it.";
  switch (authOptions?.type) {
    case "ClientSecret":
      return "Check admin.clientId and its secret.";
    case "ExternalCommand":
      return "Check what admin.command prints; it should be a token.";
    default:
      return "Log in with `flyte-webhook login`, or set FLYTE_API_KEY.";
  }
}
