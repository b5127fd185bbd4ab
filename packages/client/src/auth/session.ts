import { FlyteWebhookError } from "@flyte-webhook/core";
import { connectionOptions, type LoadedConfig } from "../config/load-config.ts";
import { createConnection } from "../connection.ts";
import { parseEndpoint } from "../endpoint.ts";
import { type UserInfo, Users } from "../users.ts";
import { loginName, type UserOptions } from "./login.ts";
import { userTokenStore } from "./token-store.ts";

/**
 * Logs a person in anew and keeps the login for later programs; answers who they are. A control plane that asks for no
 * login is none the worse for it. Throws `invalid_config` when the configuration has credentials that need no person.
 */
export async function login(config: LoadedConfig): Promise<UserInfo> {
  const options = personal(config);
  const store = options.store ?? userTokenStore();
  await store.delete(nameOf(config, options));
  const connection = createConnection(
    connectionOptions({ ...config, authOptions: { ...options, store, mayAsk: true } }),
  );
  try {
    return await new Users(connection).me();
  } finally {
    await connection.close();
  }
}

/** Forgets a login on this machine; its tokens stay valid until they expire. Throws as {@link login} does. */
export async function logout(config: LoadedConfig): Promise<void> {
  const options = personal(config);
  await (options.store ?? userTokenStore()).delete(nameOf(config, options));
}

function nameOf({ endpoint, insecure }: LoadedConfig, { clientId }: UserOptions): string {
  return loginName(parseEndpoint(endpoint, insecure).origin, clientId);
}

function personal({ endpoint, apiKey, authOptions }: LoadedConfig): UserOptions {
  const type = apiKey ? "an API key" : (authOptions?.type ?? "plain HTTP without a login");
  if (authOptions?.type !== "Pkce" && authOptions?.type !== "DeviceFlow") {
    throw new FlyteWebhookError("invalid_config", `there is no login to ${endpoint}: it is configured for ${type}`, {
      hint: "Unset FLYTE_API_KEY and admin.apiKey, or set admin.authType to Pkce or DeviceFlow.",
    });
  }
  if (authOptions.disableKeyring) {
    throw new FlyteWebhookError("invalid_config", "a login cannot be kept: admin.disableKeyring is true");
  }
  return authOptions;
}
