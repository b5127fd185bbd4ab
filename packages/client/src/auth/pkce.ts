import { createServer, type Server, type ServerResponse } from "node:http";
import { FlyteWebhookError } from "@flyte-webhook/core";
import {
  AuthorizationResponseError,
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomState,
  None,
  processAuthorizationCodeResponse,
  type TokenEndpointResponse,
  validateAuthResponse,
} from "oauth4webapi";
import { isLoopbackHost } from "../outbound/address-guard.ts";
import type { LoginPrompt } from "./login-prompt.ts";
import { clientOf, type OAuthContext, oauthFailure, requestOptions, scopeAndAudience, serverOf } from "./oauth.ts";

/** Milliseconds that a person has for it. */
const LOGIN_MS = 300_000;

/**
 * Logs a person in through the browser (authorization code with PKCE): opens the authorization server's page and waits
 * at the redirect address that the control plane names, on this machine, for the answer. Throws `unauthenticated` when
 * it is refused or does not come in five minutes, `invalid_config` when this machine cannot be where the answer goes.
 */
export async function loginInBrowser(context: OAuthContext, prompt: LoginPrompt): Promise<TokenEndpointResponse> {
  const { metadata } = context;
  const redirect = redirectTarget(metadata.redirectUri);
  if (metadata.authorizationEndpoint === "") {
    throw new FlyteWebhookError("invalid_config", "the control plane names no page to log in at", {
      hint: "Use authType DeviceFlow, or an API key (FLYTE_API_KEY).",
    });
  }
  const [state, verifier] = [generateRandomState(), generateRandomCodeVerifier()];
  const page = new URL(metadata.authorizationEndpoint);
  const parameters = {
    client_id: metadata.clientId,
    response_type: "code",
    redirect_uri: metadata.redirectUri,
    state,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...scopeAndAudience(metadata),
  };
  for (const [name, value] of Object.entries(parameters)) page.searchParams.set(name, value);

  const answer = await listen(redirect, state);
  try {
    prompt.tell(`Log in at ${page.href}`);
    await prompt.open(page.href);
    const [server, client] = [serverOf(context), clientOf(metadata.clientId)];
    const { url, finish } = await answer.url;
    try {
      // Who answers (RFC 9207) can be checked only where the control plane says who should.
      if (!metadata.namesIssuer) url.searchParams.delete("iss");
      const callback = validateAuthResponse(server, client, url, state);
      const response = await authorizationCodeGrantRequest(
        server,
        client,
        None(),
        callback,
        metadata.redirectUri,
        verifier,
        requestOptions(context),
      );
      const tokens = await processAuthorizationCodeResponse(server, client, response);
      finish("You are logged in. You can close this page.");
      return tokens;
    } catch (error) {
      const failure =
        error instanceof AuthorizationResponseError
          ? new FlyteWebhookError("unauthenticated", `the login was refused (${error.error})`)
          : oauthFailure(error, "the login");
      finish(`The login failed: ${failure.message}`);
      throw failure;
    }
  } finally {
    answer.close();
  }
}

function redirectTarget(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" && isLoopbackHost(url.hostname) && url.port !== "") return url;
  throw new FlyteWebhookError(
    "invalid_config",
    `the control plane sends logins back to ${JSON.stringify(text)}, which is no port of this machine`,
    { hint: "Use authType DeviceFlow, or an API key (FLYTE_API_KEY)." },
  );
}

interface Answer {
  readonly url: URL;
  /** Shows the person how it ended. */
  finish(text: string): void;
}

/** Listens for the browser's coming back; what has another path or state is not it. */
async function listen(redirect: URL, state: string) {
  let timer: NodeJS.Timeout | undefined;
  let server: Server | undefined;
  const url = new Promise<Answer>((resolve, reject) => {
    const late = () => reject(new FlyteWebhookError("unauthenticated", "nobody logged in within 5 minutes"));
    timer = setTimeout(late, LOGIN_MS);
    server = createServer((request, response) => {
      const url = URL.parse(request.url ?? "", redirect.origin);
      if (url?.pathname !== redirect.pathname || url.searchParams.get("state") !== state) {
        response.writeHead(404).end();
        return;
      }
      resolve({ url, finish: (text) => showPage(response, text) });
    });
  });
  const close = () => {
    clearTimeout(timer);
    server?.close();
    server?.closeIdleConnections();
  };
  await new Promise<void>((resolve, reject) => {
    server?.once("error", (cause: NodeJS.ErrnoException) => {
      close();
      const text = `the login's answer cannot be received at ${redirect.origin} (${cause.code})`;
      reject(
        new FlyteWebhookError("invalid_config", text, { hint: "Free that port, or use authType DeviceFlow.", cause }),
      );
    });
    server?.listen(Number(redirect.port), redirect.hostname.replace(/^\[|\]$/g, ""), resolve);
  });
  return { url, close };
}

function showPage(response: ServerResponse, text: string): void {
  const escaped = text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", connection: "close" });
  response.end(`<!doctype html><title>Flyte</title><p style="font: 1.2em sans-serif; margin: 3em">${escaped}</p>`);
}
