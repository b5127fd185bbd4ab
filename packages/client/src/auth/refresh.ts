import { None, processRefreshTokenResponse, refreshTokenGrantRequest, type TokenEndpointResponse } from "oauth4webapi";
import { clientOf, type OAuthContext, oauthFailure, requestOptions, serverOf } from "./oauth.ts";

/** New tokens for a refresh token; undefined when it is no longer good. Throws `unavailable` when the server is not there. */
export async function refreshTokens(
  context: OAuthContext,
  refreshToken: string,
): Promise<TokenEndpointResponse | undefined> {
  const [server, client] = [serverOf(context), clientOf(context.metadata.clientId)];
  try {
    const response = await refreshTokenGrantRequest(server, client, None(), refreshToken, requestOptions(context));
    return await processRefreshTokenResponse(server, client, response);
  } catch (error) {
    const failure = oauthFailure(error, "to renew the login");
    if (failure.code === "unauthenticated") return undefined;
    throw failure;
  }
}
