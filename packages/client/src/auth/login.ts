import { FlyteWebhookError } from "@flyte-webhook/core";
import type { Caller } from "../caller.ts";
import { type AuthMetadata, createAuthMetadata } from "./auth-metadata.ts";
import type { Auth, AuthPlane } from "./credentials.ts";
import { type LoginPrompt, terminalPrompt } from "./login-prompt.ts";
import { type Minted, TokenCache } from "./token-cache.ts";
import type { TokenSource } from "./token-source.ts";
import { memoryTokenStore, type TokenStore, userTokenStore } from "./token-store.ts";
import { type LoginFlow, UserTokens } from "./user-tokens.ts";

/** Ways to log in, as Flyte's config files spell them. */
export const AUTH_TYPES = ["Pkce", "DeviceFlow", "ClientSecret", "ExternalCommand", "Passthrough"] as const;
export type AuthType = (typeof AUTH_TYPES)[number];

interface Client {
  /** Default: the public client that the control plane names. */
  readonly clientId?: string | undefined;
  /** Default: those that the control plane names. */
  readonly scopes?: readonly string[] | undefined;
  readonly audience?: string | undefined;
}

export type AuthOptions =
  | (Client & {
      readonly type: "Pkce" | "DeviceFlow";
      /** Whether a person is there to log in; without one only a login that is stored is used. Default true. */
      readonly mayAsk?: boolean | undefined;
      /** Keep the login for this process alone. Default false. */
      readonly disableKeyring?: boolean | undefined;
      /** Default: the operating system's keyring, else a file in `~/.flyte`. */
      readonly store?: TokenStore | undefined;
      /** Default: the terminal and the desktop's browser. */
      readonly prompt?: LoginPrompt | undefined;
    })
  | (Client & { readonly type: "ClientSecret"; readonly clientId: string; readonly clientSecret: string })
  /** A program whose output is the token. */
  | { readonly type: "ExternalCommand"; readonly command: readonly string[] }
  /** The credentials of whoever is being served; asked for at each call. */
  | { readonly type: "Passthrough"; readonly caller?: (() => Caller | undefined) | undefined };

/** How a connection logs in, for `createConnection`. What a way needs is loaded when it is first used. */
export function loginWith(options: AuthOptions): Auth {
  return (plane) => {
    switch (options.type) {
      case "Passthrough":
        return passthrough(options.caller);
      case "ExternalCommand": {
        const metadata = createAuthMetadata(plane.origin, plane.unary);
        return minting(async () => (await import("./external-command.ts")).tokenOfCommand(options.command, metadata));
      }
      case "ClientSecret":
        return clientSecret(plane, options);
      default:
        return userTokens(plane, options);
    }
  };
}

/** Under which the tokens of a login are stored. */
export const loginName = (origin: string, clientId: string | undefined): string =>
  clientId ? `${origin} ${clientId}` : origin;

export type UserOptions = Extract<AuthOptions, { mayAsk?: unknown }>;

/** The tokens of a person's login, which can also be forgotten. */
export function userTokens(plane: AuthPlane, options: UserOptions): UserTokens {
  const { origin } = plane;
  const read = createAuthMetadata(origin, plane.unary);
  const store = options.store ?? (options.disableKeyring ? memoryTokenStore() : userTokenStore());
  const context = async (metadata: AuthMetadata) => ({ metadata, fetch: await oauthFetch(plane) });
  const { mayAsk = true, prompt = terminalPrompt } = options;
  const flow: LoginFlow = {
    async login(metadata, ended) {
      if (!mayAsk) throw needsLogin(origin, ended);
      if (options.type === "DeviceFlow") {
        return (await import("./device-flow.ts")).loginByDevice(await context(metadata), prompt);
      }
      return (await import("./pkce.ts")).loginInBrowser(await context(metadata), prompt);
    },
    async refresh(metadata, refreshToken) {
      return (await import("./refresh.ts")).refreshTokens(await context(metadata), refreshToken);
    },
  };
  return new UserTokens({
    origin,
    name: loginName(origin, options.clientId),
    store,
    flow,
    metadata: async () => withClient(await read(), options),
  });
}

function clientSecret(plane: AuthPlane, options: Extract<AuthOptions, { type: "ClientSecret" }>): TokenSource {
  const read = createAuthMetadata(plane.origin, plane.unary);
  const source = minting(async () => {
    const metadata = withClient(await read(), options);
    if (!metadata) throw new FlyteWebhookError("bug", "no authorization server");
    const { exchangeClientCredentials } = await import("./client-credentials.ts");
    const context = { metadata, fetch: await oauthFetch(plane) };
    return exchangeClientCredentials(context, options, `the client ${options.clientId}`);
  });
  return {
    interactive: false,
    // A plane without an authorization server needs no credentials.
    current: async () => ((await read()) ? source.current() : undefined),
    renew: async (refused) => ((await read()) ? source.renew(refused) : undefined),
  };
}

/** A source that makes its one token itself, again when the one before expires or is refused. */
function minting(mint: () => Promise<Minted>): TokenSource {
  const cache = new TokenCache();
  return {
    interactive: false,
    current: () => cache.get("", mint),
    renew: (refused) => cache.renew("", refused, mint),
  };
}

function passthrough(caller: (() => Caller | undefined) | undefined): TokenSource {
  return {
    interactive: false,
    async current() {
      const { authorization, cookie } = caller?.() ?? {};
      if (!authorization && !cookie) return undefined;
      return { headers: { ...(authorization && { authorization }), ...(cookie && { cookie }) } };
    },
    renew: async () => undefined,
  };
}

function withClient(metadata: AuthMetadata | undefined, options: Client): AuthMetadata | undefined {
  if (!metadata) return undefined;
  const { clientId, scopes, audience } = options;
  return {
    ...metadata,
    ...(clientId && { clientId }),
    ...(scopes && { scopes }),
    ...(audience !== undefined && { audience }),
  };
}

async function oauthFetch(plane: AuthPlane) {
  return (await import("./oauth-fetch.ts")).createOAuthFetch(plane);
}

function needsLogin(origin: string, ended: boolean): FlyteWebhookError {
  const text = ended ? `the login to ${origin} has ended` : `the control plane ${origin} asks for a login`;
  return new FlyteWebhookError("unauthenticated", text, {
    hint: "Run `flyte-webhook login`, or set FLYTE_API_KEY, or choose another admin.authType.",
  });
}
