import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";
import type { Certificates } from "./certificates.ts";

export interface AuthorizationServerOptions {
  readonly tls: Certificates;
  /** Audience of its access tokens. */
  readonly audience: string;
  /** Where its public client lets the browser come back to. */
  readonly redirectUri: string;
  /** Seconds that an access token lives; asked at each. Default 3600. */
  readonly expiresIn?: (() => number) | undefined;
  /** Clients that have a secret, by id. */
  readonly clients?: Readonly<Record<string, string>> | undefined;
  /** Whether the person lets the program in. Default true. */
  readonly consents?: (() => boolean) | undefined;
  /** Milliseconds that each of its answers takes longer. */
  readonly delayMs?: number | undefined;
}

/** One request for tokens, as it was granted or refused. */
export interface Granted {
  readonly type: string;
  readonly client: string;
  /** OAuth error code; undefined when tokens were given. */
  readonly error: string | undefined;
}

/** Public client of people, and its scopes. */
export const PUBLIC_CLIENT = "flyte-cli";
export const SCOPES = ["openid", "offline_access", "all"];
export const PERSON = "alice";

/**
 * A real authorization server (`oidc-provider`) behind TLS: authorization code with PKCE, device flow, client credentials,
 * refresh tokens that are good for one use (a second use ends the login, as RFC 9700 §4.14.2 asks for), and access tokens
 * that are JWTs for one audience. Its one person is `alice`, who has no password.
 */
export async function startAuthorizationServer(options: AuthorizationServerOptions) {
  const { tls, audience, clients = {}, expiresIn = () => 3600 } = options;
  const pair = await generateKeyPair("ES256", { extractable: true });
  const kid = await calculateJwkThumbprint(pair.publicKey);
  const granted: Granted[] = [];
  let provider: Provider | undefined;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (provider === undefined) throw new Error("requests come after the start");
    if (options.delayMs) await new Promise((resolve) => setTimeout(resolve, options.delayMs));
    if (!request.url?.startsWith("/interaction/")) return provider.callback()(request, response);
    const { prompt } = await provider.interactionDetails(request, response);
    if (options.consents?.() === false) {
      return provider.interactionFinished(request, response, { error: "access_denied" });
    }
    const login = { accountId: PERSON, remember: false };
    const consent = { grantId: await grant(provider, audience) };
    await provider.interactionFinished(request, response, prompt.name === "login" ? { login } : { consent });
  };
  const server = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`;

  provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(pair.privateKey)), kid, alg: "ES256", use: "sig" }] },
    cookies: { keys: ["a key of the cookies"] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async (_, client) => client.clientId === PUBLIC_CLIENT,
    findAccount: (_, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    scopes: SCOPES,
    ttl: {
      AccessToken: () => expiresIn(),
      ClientCredentials: () => expiresIn(),
      DeviceCode: 600,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 600,
    },
    clients: [
      {
        client_id: PUBLIC_CLIENT,
        application_type: "native",
        token_endpoint_auth_method: "none",
        redirect_uris: [options.redirectUri],
        grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        id_token_signed_response_alg: "ES256",
      },
      ...Object.entries(clients).map(([id, secret]) => ({
        client_id: id,
        client_secret: secret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: "ES256" as const,
      })),
    ],
    features: {
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (ctx, form) => {
          ctx.body = form;
        },
        userCodeConfirmSource: (ctx, form) => {
          ctx.body = form;
        },
        successSource: (ctx) => {
          ctx.body = "You are logged in.";
        },
      },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "all",
          audience,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
  });
  const record =
    (error: string | undefined) => (ctx: { oidc: { params?: Record<string, unknown>; client?: unknown } }) =>
      granted.push({
        type: String(ctx.oidc.params?.grant_type),
        client: String((ctx.oidc.client as { clientId?: string } | undefined)?.clientId),
        error,
      });
  provider.on("grant.success", record(undefined) as never);
  provider.on("grant.error", ((ctx: never, error: { error?: string; message: string }) =>
    record(error.error ?? error.message)(ctx)) as never);

  return {
    issuer,
    publicKey: { ...(await exportJWK(pair.publicKey)), kid },
    granted,
    /** How often tokens of that kind were given. */
    count: (type: string) => granted.filter((one) => one.type === type && one.error === undefined).length,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the person lets the public client do; its id. */
async function grant(provider: Provider, audience: string): Promise<string> {
  const given = new provider.Grant({ accountId: PERSON, clientId: PUBLIC_CLIENT });
  given.addOIDCScope(SCOPES.join(" "));
  given.addResourceScope(audience, "all");
  return given.save();
}

export type RunningAuthorizationServer = Awaited<ReturnType<typeof startAuthorizationServer>>;
