import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  GetOAuth2MetadataResponseSchema,
  GetPublicClientConfigResponseSchema,
} from "@flyte-webhook/idl/flyteidl2/auth/auth_service";

/** The client that tools log in as: no secret, on the machine of whoever logs in. */
export const PUBLIC_CLIENT = {
  id: "flytectl",
  /** Where the tool listens for the browser's coming back; the port that Flyte's tools have always had. */
  redirectUri: "http://localhost:53593/callback",
} as const;

/** `offline` is what Flyte's tools ask for a refresh token with. */
export const OFFERED_SCOPES = ["all", "run", "read", "offline", "offline_access", "openid"];

export const OAUTH_PATHS = {
  authorization: "/oauth/authorize",
  token: "/oauth/token",
  device_authorization: "/oauth/device-authorization",
  code_verification: "/oauth/device",
  jwks: "/oauth/jwks",
  revocation: "/oauth/revoke",
} as const;

/** RFC 8414, of the server at an origin. */
export function oauthMetadata(origin: string): Record<string, string | string[]> {
  const at = (path: keyof typeof OAUTH_PATHS) => origin + OAUTH_PATHS[path];
  return {
    issuer: origin,
    authorization_endpoint: at("authorization"),
    token_endpoint: at("token"),
    device_authorization_endpoint: at("device_authorization"),
    revocation_endpoint: at("revocation"),
    jwks_uri: at("jwks"),
    response_types_supported: ["code"],
    grant_types_supported: [...PUBLIC_GRANTS, "client_credentials"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "none"],
    code_challenge_methods_supported: ["S256"],
    scopes_supported: OFFERED_SCOPES,
  };
}

export const PUBLIC_GRANTS = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"];

export function oauthMetadataMessage(origin: string): MessageInitShape<typeof GetOAuth2MetadataResponseSchema> {
  const at = (path: keyof typeof OAUTH_PATHS) => origin + OAUTH_PATHS[path];
  return {
    issuer: origin,
    authorizationEndpoint: at("authorization"),
    tokenEndpoint: at("token"),
    deviceAuthorizationEndpoint: at("device_authorization"),
    jwksUri: at("jwks"),
    responseTypesSupported: ["code"],
    grantTypesSupported: [...PUBLIC_GRANTS, "client_credentials"],
    tokenEndpointAuthMethodsSupported: ["client_secret_basic", "none"],
    codeChallengeMethodsSupported: ["S256"],
    scopesSupported: OFFERED_SCOPES,
  };
}

export function publicClientMessage(origin: string): MessageInitShape<typeof GetPublicClientConfigResponseSchema> {
  return {
    clientId: PUBLIC_CLIENT.id,
    redirectUri: PUBLIC_CLIENT.redirectUri,
    scopes: ["all", "offline"],
    authorizationMetadataKey: "authorization",
    dataplaneDomain: origin,
  };
}
