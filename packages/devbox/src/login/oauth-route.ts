import type { IncomingMessage, ServerResponse } from "node:http";
import { userInfo } from "node:os";
import type Provider from "oidc-provider";
import { originOf } from "../server/host-guard.ts";
import { answerText, type PlainRoute } from "../server/http-server.ts";
import { formBody } from "./form-body.ts";
import { oauthMetadata } from "./oauth-metadata.ts";
import { CONSENT_PATH, oauthProvider, type ProviderParts } from "./oauth-provider.ts";
import { answerPage, escaped } from "./page.ts";

const METADATA = new Set(["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]);

/**
 * The OAuth 2 authorization server of the devbox (RFC 6749, 7636, 8414, 8628), for a devbox that asks for a login. Who
 * logs in is the user of this machine, who is there already: consent is one click, and no password is asked for.
 */
export function oauthRoute(parts: ProviderParts): PlainRoute {
  // An issuer is one origin; the same server is known under several names, over TLS and without.
  const providers = new Map<string, Promise<Provider>>();
  const providerOf = (origin: string) => {
    const known = providers.get(origin) ?? oauthProvider(origin, parts);
    providers.set(origin, known);
    return known;
  };
  return {
    handles: ({ url = "" }) => url.startsWith("/oauth/") || METADATA.has(url),
    handle: async (request, response) => {
      const origin = originOf(request);
      if (!/^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(origin))
        return answerText(response, 404, "logins are at 127.0.0.1 and localhost");
      if (METADATA.has(request.url ?? "")) return answerJson(response, oauthMetadata(origin.toLowerCase()));
      const provider = await providerOf(origin.toLowerCase());
      if (request.url?.startsWith(CONSENT_PATH)) return consent(provider, request, response);
      await provider.callback()(request, response);
    },
  };
}

function answerJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

/** Asks whether a tool may act as the user; who came by a device's code has just said so. */
async function consent(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const details = await provider.interactionDetails(request, response).catch(() => undefined);
  if (!details) return answerPage(response, 400, "This login has expired", "<p>Begin anew in the tool.</p>");
  const { client_id: clientId, scope, redirect_uri: redirect } = details.params as Record<string, string | undefined>;
  if (details.deviceCode === undefined && request.method !== "POST") {
    const user = escaped(userInfo().username);
    const body = `<p><b>${escaped(clientId ?? "")}</b> asks to act as <b>${user}</b> on this devbox.</p>
<form method="post"><button name="answer" value="yes" autofocus>Allow</button><button name="answer" value="no">Refuse</button></form>`;
    return answerPage(response, 200, "Log in?", body, redirect === undefined ? [] : [new URL(redirect).origin]);
  }
  if (details.deviceCode === undefined && (await formBody(request)).get("answer") !== "yes") {
    const refusal = { error: "access_denied", error_description: "the user refused" };
    return provider.interactionFinished(request, response, refusal);
  }
  const accountId = userInfo().username;
  const grant = new provider.Grant({ accountId, clientId: clientId ?? "" });
  grant.addOIDCScope(scope ?? "");
  const grantId = await grant.save();
  await provider.interactionFinished(request, response, {
    login: { accountId, remember: false },
    consent: { grantId },
  });
}
