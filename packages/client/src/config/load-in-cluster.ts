import { FlyteWebhookError } from "@flyte-webhook/core";
import { parseBoolean } from "./boolean.ts";
import { type LoadConfigOptions, type LoadedConfig, readConfig } from "./load-config.ts";

export type InClusterOptions = Omit<LoadConfigOptions, "config" | "cwd" | "mayAsk">;

/**
 * The control plane as the platform tells a program that runs in it, credentials included. The first that is there: an
 * `apiKey` of the options; a mounted config file (`UCTL_CONFIG`, `FLYTECTL_CONFIG`); a way to log in from the environment
 * (`FLYTE_AUTH_TYPE`, …); an injected API key (`_UNION_EAGER_API_KEY`, `EAGER_API_KEY`). Without a file the address is
 * that of the API key, `_U_EP_OVERRIDE` (with `_U_INSECURE`, `_U_INSECURE_SKIP_VERIFY`) or `FLYTE_ADMIN_ENDPOINT`; org,
 * project and domain are those of the running execution. Nobody is asked to log in, and no login is kept.
 * Throws `invalid_config` when nothing names a control plane.
 */
export function readInClusterConfig(options: InClusterOptions = {}): LoadedConfig {
  const env = options.env ?? process.env;
  const scope = {
    org: options.org ?? env._U_ORG_NAME,
    project: options.project ?? env.FLYTE_INTERNAL_EXECUTION_PROJECT,
    domain: options.domain ?? env.FLYTE_INTERNAL_EXECUTION_DOMAIN,
  };
  const shared = { ...options, ...scope, env, mayAsk: false } as const;
  const file = env.UCTL_CONFIG || env.FLYTECTL_CONFIG;
  if (options.apiKey === undefined && file) return withoutKeyring(readConfig({ ...shared, config: file }));
  const authType = env.FLYTE_AUTH_TYPE || env.FLYTE_ADMIN_AUTHTYPE;
  const injected = authType ? undefined : env._UNION_EAGER_API_KEY || env.EAGER_API_KEY;
  const apiKey = options.apiKey ?? injected;
  const endpoint =
    options.endpoint ?? (apiKey === undefined ? env._U_EP_OVERRIDE || env.FLYTE_ADMIN_ENDPOINT : undefined);
  if (endpoint === undefined && apiKey === undefined) {
    throw new FlyteWebhookError("invalid_config", "the environment does not name the control plane", {
      hint: "This is for programs that run in a Flyte cluster; elsewhere use init or initFromConfig.",
    });
  }
  return withoutKeyring(
    readConfig({
      ...shared,
      config: false,
      apiKey,
      endpoint,
      insecure: options.insecure ?? parseBoolean(env._U_INSECURE, "_U_INSECURE"),
      insecureSkipVerify:
        options.insecureSkipVerify ?? parseBoolean(env._U_INSECURE_SKIP_VERIFY, "_U_INSECURE_SKIP_VERIFY"),
    }),
  );
}

function withoutKeyring(config: LoadedConfig): LoadedConfig {
  const { authOptions } = config;
  if (authOptions?.type !== "Pkce" && authOptions?.type !== "DeviceFlow") return config;
  return { ...config, authOptions: { ...authOptions, disableKeyring: true } };
}
