import type Provider from "oidc-provider";
import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import type { ApiKeys } from "../store/api-keys.ts";
import type { OAuthRecords } from "../store/oauth-records.ts";
import { oauthAdapters } from "./oauth-adapter.ts";
import { OAUTH_PATHS, OFFERED_SCOPES, PUBLIC_CLIENT, PUBLIC_GRANTS } from "./oauth-metadata.ts";
import { escaped, pageHeaders, pageHtml } from "./page.ts";
import type { LoginKeys } from "./signing-key.ts";

export interface ProviderParts {
  readonly keys: ApiKeys;
  readonly records: OAuthRecords;
  readonly loginKeys: LoginKeys;
  readonly log: (line: string) => void;
}

export const CONSENT_PATH = "/oauth/consent/";

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** The authorization server at an origin. The library is loaded here: a devbox that nobody logs in to does without. */
export async function oauthProvider(origin: string, parts: ProviderParts): Promise<Provider> {
  const { default: OidcProvider } = await import("oidc-provider");
  const provider = new OidcProvider(origin, configuration(parts));
  // Of a client's secret only the digest is there; the public client has none to compare.
  const client = provider.Client.prototype as unknown as {
    clientId: string;
    compareClientSecret(actual: string): boolean;
  };
  client.compareClientSecret = function compareClientSecret(actual) {
    return parts.keys.find(actual)?.subject === this.clientId;
  };
  provider.on("server_error", (_ctx, error) => parts.log(`login failed: ${error.stack}`));
  provider.use(async (ctx, next) => {
    ctx.set(pageHeaders());
    ctx.remove("content-type");
    await next();
  });
  return provider;
}

function configuration({ keys, records, loginKeys }: ProviderParts): Configuration {
  const short = { httpOnly: true, sameSite: "lax", signed: true } as const;
  return {
    adapter: oauthAdapters(records, keys),
    clients: [
      {
        client_id: PUBLIC_CLIENT.id,
        application_type: "native",
        token_endpoint_auth_method: "none",
        redirect_uris: [PUBLIC_CLIENT.redirectUri],
        response_types: ["code"],
        grant_types: PUBLIC_GRANTS,
        id_token_signed_response_alg: "ES256",
      },
    ],
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    jwks: { keys: [loginKeys.jwk as NonNullable<Configuration["jwks"]>["keys"][number]] },
    scopes: OFFERED_SCOPES,
    routes: OAUTH_PATHS,
    findAccount: async (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    interactions: { url: (_ctx, { uid }) => CONSENT_PATH + uid },
    // Cookies know no ports: these names are not those of other servers on this machine.
    cookies: {
      keys: [loginKeys.cookie],
      names: { interaction: "devbox_consent", resume: "devbox_resume", session: "devbox_session" },
      long: short,
      short,
    },
    pkce: { required: () => true },
    // Flyte's clients ask for `offline`, and store one refresh token for several processes, which renew at the same time.
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: false,
    expiresWithSession: async () => false,
    ttl: {
      AccessToken: HOUR_S,
      AuthorizationCode: 60,
      ClientCredentials: HOUR_S,
      DeviceCode: 600,
      Grant: 30 * DAY_S,
      IdToken: HOUR_S,
      Interaction: 600,
      RefreshToken: 30 * DAY_S,
      Session: 600,
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true, mask: "****-****", ...devicePages() },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    renderError: async (ctx, { error, error_description: text }) => {
      ctx.type = "html";
      ctx.body = pageHtml("This login did not work", `<p>${escaped(text ?? error)}</p>`);
    },
  };
}

function devicePages() {
  const page = (ctx: KoaContextWithOIDC, title: string, body: string) => {
    ctx.type = "html";
    ctx.body = pageHtml(title, body);
  };
  return {
    userCodeInputSource: async (ctx: KoaContextWithOIDC, form: string, _out?: unknown, error?: unknown) => {
      const problem = error === undefined ? "" : "<p>That code is not one that is waiting. Look at it once more.</p>";
      page(
        ctx,
        "Enter the code",
        `${problem}${plainForm(form)}<p><button form="op.deviceInputForm">Continue</button></p>`,
      );
    },
    userCodeConfirmSource: async (
      ctx: KoaContextWithOIDC,
      form: string,
      _client: unknown,
      _device: unknown,
      code: string,
    ) =>
      page(
        ctx,
        "Log this tool in?",
        `<p>A Flyte tool asks to act as you. It shows the code</p><p><code>${escaped(code)}</code></p>${form}
<p><button form="op.deviceConfirmForm" autofocus>Log in</button>
<button form="op.deviceConfirmForm" name="abort" value="yes">Refuse</button></p>`,
      ),
    successSource: async (ctx: KoaContextWithOIDC) =>
      page(ctx, "You are logged in", "<p>The tool goes on by itself. You can close this page.</p>"),
  };
}

/** Without the script in an attribute, which this page's policy forbids. */
const plainForm = (form: string): string =>
  form.replace(/ onfocus="[^"]*"/, ' aria-label="Code"').replace(/<\/input>/, "");
