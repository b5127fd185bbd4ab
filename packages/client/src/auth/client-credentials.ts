import { clientCredentialsGrantRequest, processClientCredentialsResponse } from "oauth4webapi";
import {
  basicAuth,
  clientOf,
  minted,
  type OAuthContext,
  oauthFailure,
  requestOptions,
  scopeAndAudience,
  serverOf,
} from "./oauth.ts";
import type { Minted } from "./token-cache.ts";

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes?: readonly string[] | undefined;
  readonly audience?: string | undefined;
}

/**
 * Exchanges client credentials for an access token (RFC 6749 §4.4). Scopes and audience are those the control plane names
 * unless given. Throws `unauthenticated` when they are refused, `unavailable` when the server is not there; no error
 * holds the secret. `what` is what a refusal calls them.
 */
export async function exchangeClientCredentials(
  context: OAuthContext,
  { clientId, clientSecret, ...wanted }: ClientCredentials,
  what: string,
): Promise<Minted> {
  const [server, client] = [serverOf(context), clientOf(clientId)];
  const parameters = scopeAndAudience({
    scopes: wanted.scopes ?? context.metadata.scopes,
    audience: wanted.audience ?? context.metadata.audience,
  });
  try {
    const response = await clientCredentialsGrantRequest(
      server,
      client,
      basicAuth(clientSecret),
      parameters,
      requestOptions(context),
    );
    return minted(context, await processClientCredentialsResponse(server, client, response));
  } catch (error) {
    throw oauthFailure(error, what);
  }
}
