import { FlyteWebhookError } from "@flyte-webhook/core";
import type { ConnectionOptions } from "../connection.ts";
import { parseBoolean } from "./boolean.ts";
import { readCa } from "./read-ca.ts";

/**
 * The control plane as the platform tells an app's container: `_U_EP_OVERRIDE` (host:port, or with a scheme),
 * `_U_INSECURE` (plain HTTP), `_U_INSECURE_SKIP_VERIFY`, `SSL_CERT_FILE` (further certificate authorities).
 * Throws `invalid_config` when there is no endpoint.
 */
export function inClusterConfig(env: NodeJS.ProcessEnv): Omit<ConnectionOptions, "org" | "project" | "domain"> {
  if (!env._U_EP_OVERRIDE) {
    throw new FlyteWebhookError("invalid_config", "the environment does not name the control plane", {
      hint: "Set _U_EP_OVERRIDE to its host:port (and _U_INSECURE=true for plain HTTP); a Flyte cluster does so by itself.",
    });
  }
  return {
    endpoint: env._U_EP_OVERRIDE,
    insecure: parseBoolean(env._U_INSECURE, "_U_INSECURE"),
    insecureSkipVerify: parseBoolean(env._U_INSECURE_SKIP_VERIFY, "_U_INSECURE_SKIP_VERIFY"),
    ca: env.SSL_CERT_FILE ? readCa(env.SSL_CERT_FILE) : undefined,
  };
}
