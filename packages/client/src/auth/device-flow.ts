import { setTimeout as sleep } from "node:timers/promises";
import { FlyteWebhookError } from "@flyte-webhook/core";
import {
  deviceAuthorizationRequest,
  deviceCodeGrantRequest,
  None,
  processDeviceAuthorizationResponse,
  processDeviceCodeResponse,
  type TokenEndpointResponse,
} from "oauth4webapi";
import type { LoginPrompt } from "./login-prompt.ts";
import {
  clientOf,
  type OAuthContext,
  oauthFailure,
  refusalOf,
  requestOptions,
  scopeAndAudience,
  serverOf,
} from "./oauth.ts";

/** RFC 8628: seconds between questions when the server does not say, and how much longer after `slow_down`. */
const INTERVAL_S = 5;
const SLOW_DOWN_S = 5;

/**
 * Logs a person in on another device (RFC 8628): shows an address and a code, then asks until they are entered. A server
 * that falters meanwhile is asked again. Throws `unauthenticated` when it is refused or the code expires.
 */
export async function loginByDevice(context: OAuthContext, prompt: LoginPrompt): Promise<TokenEndpointResponse> {
  const { metadata } = context;
  if (metadata.deviceAuthorizationEndpoint === "") {
    throw new FlyteWebhookError("invalid_config", "the control plane's authorization server has no device flow", {
      hint: "Use authType Pkce, or an API key (FLYTE_API_KEY).",
    });
  }
  const [server, client] = [serverOf(context), clientOf(metadata.clientId)];
  const options = requestOptions(context);
  const device = await deviceAuthorizationRequest(server, client, None(), scopeAndAudience(metadata), options)
    .then((response) => processDeviceAuthorizationResponse(server, client, response))
    .catch((error: unknown) => {
      throw oauthFailure(error, "the login");
    });
  const { device_code: code, user_code: userCode, verification_uri: uri, verification_uri_complete: whole } = device;
  prompt.tell(`Log in at ${whole ?? uri} with the code ${userCode}`);
  let interval = device.interval ?? INTERVAL_S;
  const deadline = performance.now() + device.expires_in * 1000;
  while (performance.now() < deadline) {
    await sleep(interval * 1000);
    try {
      const response = await deviceCodeGrantRequest(server, client, None(), code, options);
      return await processDeviceCodeResponse(server, client, response);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === "slow_down") interval += SLOW_DOWN_S;
      else if (refusal !== "authorization_pending") {
        const failure = oauthFailure(error, "the login");
        if (failure.code !== "unavailable") throw failure;
      }
    }
  }
  throw new FlyteWebhookError("unauthenticated", "nobody logged in before the code expired");
}
