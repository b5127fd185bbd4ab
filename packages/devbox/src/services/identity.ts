import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { AuthMetadataService } from "@flyte-webhook/idl/flyteidl2/auth/auth_service";
import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { oauthMetadataMessage, publicClientMessage } from "../login/oauth-metadata.ts";
import { rpcError } from "../rpc-error.ts";
import type { AuthMode } from "../server/authenticate.ts";
import { callerKey } from "../server/caller.ts";
import { answerText, type PlainRoute } from "../server/http-server.ts";

/** Who a caller is, and where one logs in: here, at the address that was asked; or nowhere when no login is asked for. */
export function registerIdentityServices(router: ConnectRouter, mode: AuthMode): void {
  router.service(IdentityService, {
    userInfo: (_request, { values }) => {
      const { subject, verified } = values.get(callerKey);
      if (!verified)
        throw new ConnectError(
          "no authenticated identity on request (missing or untrusted identity headers)",
          Code.Unauthenticated,
        );
      return { subject };
    },
  });
  router.service(AuthMetadataService, {
    getPublicClientConfig: (_request, { url }) => {
      const { origin } = new URL(url);
      if (mode === "oauth") return publicClientMessage(origin);
      return { authorizationMetadataKey: "authorization", dataplaneDomain: origin };
    },
    getOAuth2Metadata: (_request, { url }) => {
      if (mode === "oauth") return oauthMetadataMessage(new URL(url).origin);
      throw rpcError.unimplemented(NO_OAUTH);
    },
  });
}

const NO_OAUTH = "oauth2 metadata is not configured; set runs.authMetadata.externalAuthServerBaseUrl";

/** Where OAuth clients look for the authorization server, on a devbox that has none. */
export const noOauthRoute: PlainRoute = {
  handles: ({ method, url }) => method === "GET" && url === "/.well-known/oauth-authorization-server",
  handle: (_request, response) => answerText(response, 501, `unimplemented: ${NO_OAUTH}`),
};
