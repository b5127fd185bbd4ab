import { FlyteWebhookError } from "@flyte-webhook/core";
import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  customFetch,
  ResponseBodyError,
  type TokenEndpointResponse,
} from "oauth4webapi";
import type { AuthMetadata } from "./auth-metadata.ts";
import type { OAuthFetch } from "./oauth-fetch.ts";
import type { Minted } from "./token-cache.ts";

/** What every request to an authorization server needs. */
export interface OAuthContext {
  readonly metadata: AuthMetadata;
  readonly fetch: OAuthFetch;
}

export function serverOf({ metadata }: OAuthContext): AuthorizationServer {
  return {
    issuer: metadata.issuer,
    token_endpoint: metadata.tokenEndpoint,
    ...(metadata.authorizationEndpoint !== "" && { authorization_endpoint: metadata.authorizationEndpoint }),
    ...(metadata.deviceAuthorizationEndpoint !== "" && {
      device_authorization_endpoint: metadata.deviceAuthorizationEndpoint,
    }),
  };
}

export const clientOf = (clientId: string): Client => ({ client_id: clientId });

/** Options of a request; that http is only where it may be was checked when the metadata was read. */
export function requestOptions({ fetch }: OAuthContext) {
  return { [customFetch]: fetch as never, [allowInsecureRequests]: true };
}

/**
 * HTTP Basic as the Python SDK sends it: the secret form-encoded, the client id as it stands. RFC 6749 encodes both; the
 * ids of Flyte's clients need no encoding.
 */
export function basicAuth(clientSecret: string): ClientAuth {
  return (_server, client, _body, headers) => {
    headers.set("authorization", basicHeader(client.client_id, clientSecret));
  };
}

export function basicHeader(clientId: string, clientSecret: string): string {
  const secret = encodeURIComponent(clientSecret)
    .replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`;
}

/** `scope` and `audience` of a token request, where there are any. */
export function scopeAndAudience({
  scopes,
  audience,
}: Pick<AuthMetadata, "scopes" | "audience">): Record<string, string> {
  return { ...(scopes.length > 0 && { scope: scopes.join(" ") }), ...(audience !== "" && { audience }) };
}

export function minted({ metadata }: OAuthContext, response: TokenEndpointResponse): Minted {
  return {
    token: bearer(metadata.header, response.access_token),
    expiresInMs: response.expires_in === undefined ? undefined : response.expires_in * 1000,
  };
}

export function bearer(header: string, accessToken: string) {
  if (!/^[\x21-\x7e]+$/.test(accessToken)) {
    throw new FlyteWebhookError("internal", "the access token holds characters that no header can carry");
  }
  return { headers: { [header]: `Bearer ${accessToken}` } };
}

/** The OAuth error code of a refusal, such as `invalid_client`; undefined for any other error. */
export function refusalOf(error: unknown): string | undefined {
  return error instanceof ResponseBodyError ? error.error : undefined;
}

/**
 * A failed exchange in our words: `unauthenticated` when the server refused (with its code, and nothing it was sent),
 * what the request threw, else `internal`. `what` is what was refused: "the API key", "the login".
 */
export function oauthFailure(error: unknown, what: string): FlyteWebhookError {
  if (error instanceof FlyteWebhookError) return error;
  const refusal = refusalOf(error);
  if (refusal !== undefined) {
    return new FlyteWebhookError(
      "unauthenticated",
      `the authorization server refused ${what} (${refusal.slice(0, 100)})`,
    );
  }
  const status = (error as { cause?: { status?: unknown } } | null)?.cause?.status;
  if (typeof status === "number" && status >= 500) {
    return new FlyteWebhookError("unavailable", `the authorization server answers HTTP ${status}`);
  }
  if (status === 401 || status === 403 || status === 400) {
    return new FlyteWebhookError("unauthenticated", `the authorization server refused ${what} (HTTP ${status})`);
  }
  const { message } = error as { message?: string };
  return new FlyteWebhookError("internal", `the authorization server does not speak OAuth: ${message ?? "no answer"}`);
}
