import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Code, ConnectError, createContextKey, type Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { AuthMetadataService } from "@flyte-webhook/idl/flyteidl2/auth/auth_service";
import { IdentityService } from "@flyte-webhook/idl/flyteidl2/auth/identity";
import { ClusterService } from "@flyte-webhook/idl/flyteidl2/cluster/service";
import type { Certificates } from "./certificates.ts";

export interface GuardedPlaneOptions {
  readonly tls?: Certificates | undefined;
  /** Host by which it names itself. Default `localhost`. */
  readonly host?: string | undefined;
  /** Header that carries a token. Default `authorization`. */
  readonly header?: string | undefined;
  /** Seconds that a token lives. Default 3600. */
  readonly expiresIn?: number | undefined;
  /** Milliseconds until the authorization server answers. */
  readonly delayMs?: number | undefined;
  /** Client id and secret that may be exchanged. */
  readonly clients?: Readonly<Record<string, string>> | undefined;
  /** Address that the plane names as its token endpoint, instead of its own. */
  readonly tokenEndpoint?: string | undefined;
  readonly audience?: string | undefined;
  /** Whether the control plane takes the tokens that are issued. Default true. */
  readonly takesTokens?: boolean | undefined;
  /** Where the browser comes back to. Default `http://localhost:1/callback`. */
  readonly redirectUri?: string | undefined;
  /** What the plane's cluster service names; default: nothing. */
  readonly cluster?: () => string;
}

/** One request to the authorization server. */
export interface Grant {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
}

const tokenKey = createContextKey<string | undefined>(undefined);

/**
 * A control plane that takes only tokens of its own authorization server, both behind one address: real HTTP (or TLS),
 * real Connect, RFC 6749, 7636 and 8628 as far as clients need them. Everything that came in is kept for the tests.
 */
export async function startGuardedPlane(options: GuardedPlaneOptions = {}) {
  const header = options.header ?? "authorization";
  const valid = new Map<string, { subject: string; until: number }>();
  const refreshTokens = new Map<string, string>();
  const codes = new Map<string, { challenge: string; redirectUri: string }>();
  const devices = new Map<string, { approved: boolean; polls: number }>();
  const grants: Grant[] = [];
  /** Values of the token header, and of `authorization`, of every call. */
  const calls: { readonly method: string; readonly token: string | null; readonly authorization: string | null }[] = [];
  let count = 0;
  let origin = "";

  const issue = (subject: string, withRefresh: boolean) => {
    const token = `token-${++count}`;
    const life = options.expiresIn ?? 3600;
    if (options.takesTokens !== false) valid.set(token, { subject, until: Date.now() + life * 1000 });
    const refresh = withRefresh ? `refresh-${count}` : undefined;
    if (refresh) refreshTokens.set(refresh, subject);
    return { access_token: token, token_type: "Bearer", expires_in: life, ...(refresh && { refresh_token: refresh }) };
  };

  async function authorizationServer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (options.delayMs) await new Promise((resolve) => setTimeout(resolve, options.delayMs));
    if (url.pathname === "/authorize") {
      const query = url.searchParams;
      const code = `code-${++count}`;
      const redirectUri = query.get("redirect_uri") ?? "";
      codes.set(code, { challenge: query.get("code_challenge") ?? "", redirectUri });
      const back = new URL(redirectUri);
      back.searchParams.set("code", code);
      back.searchParams.set("state", query.get("state") ?? "");
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    let text = "";
    for await (const chunk of request) text += chunk;
    const form = Object.fromEntries(new URLSearchParams(text));
    const { authorization } = request.headers;
    grants.push({ path: url.pathname, form, authorization });
    if (url.pathname === "/device") {
      const code = `device-${++count}`;
      devices.set(code, { approved: false, polls: 0 });
      json(200, {
        device_code: code,
        user_code: "WDJB-MJHT",
        verification_uri: `${origin}/activate`,
        expires_in: 30,
        interval: 0.02,
      });
      return;
    }
    const refuse = (error: string) => json(error === "invalid_client" ? 401 : 400, { error });
    switch (form.grant_type) {
      case "client_credentials": {
        const [id = "", secret = ""] = Buffer.from(authorization?.slice(6) ?? "", "base64")
          .toString()
          .split(":");
        const known = options.clients?.[id];
        if (known === undefined || decodeURIComponent(secret.replaceAll("+", " ")) !== known)
          return refuse("invalid_client");
        return json(200, issue(id, false));
      }
      case "refresh_token": {
        const subject = refreshTokens.get(form.refresh_token ?? "");
        if (subject === undefined) return refuse("invalid_grant");
        refreshTokens.delete(form.refresh_token ?? "");
        return json(200, issue(subject, true));
      }
      case "authorization_code": {
        const code = codes.get(form.code ?? "");
        codes.delete(form.code ?? "");
        const { createHash } = await import("node:crypto");
        const challenge = createHash("sha256")
          .update(form.code_verifier ?? "")
          .digest("base64url");
        if (code?.challenge !== challenge || code.redirectUri !== form.redirect_uri) return refuse("invalid_grant");
        return json(200, issue("alice", true));
      }
      case "urn:ietf:params:oauth:grant-type:device_code": {
        const device = devices.get(form.device_code ?? "");
        if (!device) return refuse("expired_token");
        device.polls++;
        if (device.polls === 2) {
          response.writeHead(502, { "content-type": "text/html" }).end("<html>bad gateway</html>");
          return;
        }
        return device.approved ? json(200, issue("bob", true)) : refuse("authorization_pending");
      }
      default:
        return refuse("unsupported_grant_type");
    }
  }

  const record: Interceptor = (next) => (request) => {
    const token = request.header.get(header);
    calls.push({ method: request.method.name, token, authorization: request.header.get("authorization") });
    request.contextValues.set(tokenKey, token?.replace(/^Bearer /, ""));
    return next(request);
  };
  const subjectOf = (token: string | undefined): string => {
    const known = valid.get(token ?? "");
    if (!known || known.until < Date.now()) throw new ConnectError("no valid token", Code.Unauthenticated);
    return known.subject;
  };
  const adapter = connectNodeAdapter({
    interceptors: [record],
    routes: ({ service }) => {
      service(AuthMetadataService, {
        getOAuth2Metadata: () => ({
          issuer: origin,
          authorizationEndpoint: `${origin}/authorize`,
          tokenEndpoint: options.tokenEndpoint ?? `${origin}/token`,
          deviceAuthorizationEndpoint: `${origin}/device`,
        }),
        getPublicClientConfig: () => ({
          clientId: "flyte-cli",
          redirectUri: options.redirectUri ?? "http://localhost:1/callback",
          scopes: ["all", "offline"],
          audience: options.audience ?? "",
          authorizationMetadataKey: options.header ?? "",
        }),
      });
      service(IdentityService, {
        userInfo: (_, { values }) => ({ subject: subjectOf(values.get(tokenKey)) }),
      });
      service(ClusterService, {
        selectCluster: (_, { values }) => {
          subjectOf(values.get(tokenKey));
          return { clusterEndpoint: options.cluster?.() ?? "" };
        },
      });
      service(AppService, {
        async *watch(_, { values }) {
          const name = subjectOf(values.get(tokenKey));
          for (const revision of [1n, 2n]) {
            const app = { metadata: { id: { name }, revision } };
            yield { event: { case: "createEvent" as const, value: { app } } };
          }
        },
      });
    },
  });
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", origin);
    if (url.pathname.startsWith("/flyteidl2.")) adapter(request, response);
    else authorizationServer(request, response, url).catch(() => response.destroy());
  };
  const server = options.tls ? createTlsServer(options.tls, handler) : createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  origin = `${options.tls ? "https" : "http"}://${options.host ?? "localhost"}:${port}`;
  return {
    origin,
    port,
    grants,
    calls,
    /** How often each kind of token was asked for. */
    granted: (type: string) => grants.filter(({ form }) => form.grant_type === type).length,
    /** Makes every token that was issued invalid. */
    revoke: () => valid.clear(),
    revokeRefresh: () => refreshTokens.clear(),
    approve: () => {
      for (const device of devices.values()) device.approved = true;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
