import { FlyteWebhookError } from "@flyte-webhook/core";
import { type ApiKey, apiKeyOf, isKeyOf } from "./api-key.ts";
import type { Unary } from "./auth-metadata.ts";
import type { OAuthFetchOptions } from "./oauth-fetch.ts";
import { type Minted, TokenCache } from "./token-cache.ts";
import type { TokenSource } from "./token-source.ts";

export interface ApiKeyExchangeOptions extends OAuthFetchOptions {
  /** Further addresses under which people know this control plane, such as its console's. */
  readonly aliases: readonly string[];
  /** Calls the control plane, without credentials of its own. */
  readonly unary: Unary;
  /** For tests: milliseconds of the clock. */
  readonly now?: (() => number) | undefined;
}

/** Answers where a call's token comes from when its bearer is an API key; undefined for any other authorization. */
export type ApiKeyExchange = (authorization: string | undefined) => TokenSource | undefined;

/**
 * Exchange of the API keys of one control plane for access tokens. Tokens are kept in memory, under a digest of the key;
 * the key itself is not kept. A key of another control plane is refused (`unauthenticated`) and goes nowhere.
 */
export function createApiKeyExchange({ unary, aliases, now, ...options }: ApiKeyExchangeOptions): ApiKeyExchange {
  const { origin } = options;
  const cache = new TokenCache(now);
  // Loaded when the first key comes: a webhook that sees none does not pay for it.
  let loaded: Promise<(key: ApiKey) => Promise<Minted>> | undefined;
  const load = async () => {
    const [{ createAuthMetadata, requireAuthMetadata }, { exchangeClientCredentials }, { createOAuthFetch }] =
      await Promise.all([import("./auth-metadata.ts"), import("./client-credentials.ts"), import("./oauth-fetch.ts")]);
    const metadata = createAuthMetadata(origin, unary);
    const fetch = createOAuthFetch(options);
    return async (key: ApiKey) =>
      exchangeClientCredentials({ metadata: await requireAuthMetadata(origin, metadata), fetch }, key, "the API key");
  };
  return (authorization) => {
    const found = apiKeyOf(authorization);
    if (found === undefined) return undefined;
    const { key, text } = found;
    if (!isKeyOf(key, [origin, ...aliases])) return FOREIGN_KEY;
    // Not imported: what is not needed before the first key does not cost start-up.
    const name = process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("base64");
    const mint = async () => {
      loaded ??= load();
      return (await loaded)(key);
    };
    return {
      interactive: false,
      current: () => cache.get(name, mint),
      renew: (refused) => cache.renew(name, refused, mint),
    };
  };
}

const refuseForeignKey = async (): Promise<never> => {
  throw new FlyteWebhookError("unauthenticated", "the API key belongs to another control plane", {
    hint: "Use a key that was made for this control plane, or an access token.",
  });
};
const FOREIGN_KEY: TokenSource = { interactive: false, current: refuseForeignKey, renew: refuseForeignKey };
