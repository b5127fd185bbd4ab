import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { AuthMetadataService } from "@flyte-webhook/idl/flyteidl2/auth/auth_service";
import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { createLocalJWKSet, errors, jwtVerify } from "jose";
import { PUBLIC_CLIENT, type RunningAuthorizationServer, SCOPES } from "./authorization-server.ts";
import type { Certificates } from "./certificates.ts";

export interface TokenPlaneOptions {
  readonly tls: Certificates;
  /** Whose tokens it takes; without one it has no auth service and takes every call, as an open-source plane does. */
  readonly server?: RunningAuthorizationServer | undefined;
  readonly audience: string;
  readonly redirectUri: string;
  /** Whether it says who issues its tokens; some do not. Default true. */
  readonly namesIssuer?: boolean | undefined;
  /** Milliseconds that its clock is ahead of ours. Default 0. */
  readonly clockAheadMs?: number | undefined;
}

/**
 * A control plane behind TLS that takes a call only with a good token: a JWT that the authorization server signed, for this
 * plane's audience, not yet expired by the plane's own clock.
 */
export async function startTokenPlane({ server, tls, ...options }: TokenPlaneOptions) {
  const keys = server && createLocalJWKSet({ keys: [server.publicKey] });
  const skew = options.clockAheadMs ?? 0;
  /** Why each call of `UserInfo` was refused; undefined when it was not. */
  const refusals: (string | undefined)[] = [];
  const seen = new Set<string>();
  let revoked: ReadonlySet<string> = new Set();

  const subjectOf = async ({ requestHeader }: HandlerContext): Promise<string> => {
    if (server === undefined || keys === undefined) return "anybody";
    const [, token] = /^Bearer (.+)$/.exec(requestHeader.get("authorization") ?? "") ?? [];
    if (token === undefined) throw new ConnectError("no token", Code.Unauthenticated);
    seen.add(token);
    if (revoked.has(token)) throw new ConnectError("the token was revoked", Code.Unauthenticated);
    const expected = { issuer: server.issuer, audience: options.audience, currentDate: new Date(Date.now() + skew) };
    const { payload } = await jwtVerify(token, keys, expected).catch((cause: unknown) => {
      throw new ConnectError(cause instanceof errors.JOSEError ? cause.message : "no good token", Code.Unauthenticated);
    });
    return String(payload.sub);
  };
  const adapter = connectNodeAdapter({
    routes: ({ service }) => {
      service(IdentityService, {
        async userInfo(_, context) {
          try {
            const subject = await subjectOf(context);
            refusals.push(undefined);
            return { subject };
          } catch (error) {
            refusals.push((error as ConnectError).rawMessage);
            throw error;
          }
        },
      });
      if (server === undefined) return;
      const { issuer } = server;
      service(AuthMetadataService, {
        getOAuth2Metadata: () => ({
          issuer: options.namesIssuer === false ? "" : issuer,
          authorizationEndpoint: `${issuer}/auth`,
          tokenEndpoint: `${issuer}/token`,
          deviceAuthorizationEndpoint: `${issuer}/device/auth`,
        }),
        getPublicClientConfig: () => ({
          clientId: PUBLIC_CLIENT,
          redirectUri: options.redirectUri,
          scopes: SCOPES,
          audience: options.audience,
        }),
      });
    },
  });
  // The clock that its answers tell is its own.
  const listener = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    response.setHeader("date", new Date(Date.now() + skew).toUTCString());
    adapter(request, response);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    origin: `https://localhost:${(listener.address() as AddressInfo).port}`,
    refusals,
    /** Takes none of the tokens that were sent to it until now. */
    revoke() {
      revoked = new Set(seen);
    },
    async close() {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
