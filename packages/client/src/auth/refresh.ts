import { None, processRefreshTokenResponse, refreshTokenGrantRequest, type TokenEndpointResponse } from "oauth4webapi";
import { clientOf, type OAuthContext, oauthFailure, refusalOf, requestOptions, serverOf } from "./oauth.ts";

/**
 * New tokens for a refresh token; undefined when the server says that it is no longer good. Throws `unavailable` when the
 * server is not there, `unauthenticated` for a refusal that is none of OAuth, such as a firewall's.
 */
export async function refreshTokens(
  context: OAuthContext,
  refreshToken: string,
): Promise<TokenEndpointResponse | undefined> {
  const [server, client] = [serverOf(context), clientOf(context.metadata.clientId)];
  try {
    const response = await refreshTokenGrantRequest(server, client, None(), refreshToken, requestOptions(context));
    return await processRefreshTokenResponse(server, client, response);
  } catch (error) {
    if (refusalOf(error) !== undefined) return undefined;
    throw oauthFailure(error, "to renew the login");
  }
}
