import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { AuthMetadataService } from "@flyte-webhook/idl/flyteidl2/auth/auth_service";
import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import type { DevboxContext } from "../context.ts";
import { rpcError } from "../rpc-error.ts";
import { callerKey } from "../server/caller.ts";
import { answerText, type PlainRoute } from "../server/http-server.ts";

export function registerIdentityServices(router: ConnectRouter, { endpoint }: DevboxContext): void {
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
    getPublicClientConfig: () => ({ authorizationMetadataKey: "authorization", dataplaneDomain: endpoint }),
    getOAuth2Metadata: () => {
      throw rpcError.unimplemented(NO_OAUTH);
    },
  });
}

const NO_OAUTH = "oauth2 metadata is not configured; set runs.authMetadata.externalAuthServerBaseUrl";

/** Where OAuth clients look for the authorization server; there is none. */
export const oauthMetadataRoute: PlainRoute = {
  handles: ({ method, url }) => method === "GET" && url === "/.well-known/oauth-authorization-server",
  handle: (_request, response) => answerText(response, 501, `unimplemented: ${NO_OAUTH}`),
};
