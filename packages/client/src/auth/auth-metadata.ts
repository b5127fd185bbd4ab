import { FlyteWebhookError } from "@flyte-webhook/core";
import { AuthMetadataService } from "@flyte-webhook/idl/flyteidl2/auth/auth_service";
import type { Connection } from "../connection.ts";
import { isLoopbackHost } from "../outbound/address-guard.ts";

/** What a control plane says of the authorization server whose tokens it takes. */
export interface AuthMetadata {
  readonly issuer: string;
  /** Whether the control plane says who issues its tokens; else `issuer` is the control plane's own address. */
  readonly namesIssuer: boolean;
  readonly tokenEndpoint: string;
  /** Empty where the server has none. */
  readonly authorizationEndpoint: string;
  readonly deviceAuthorizationEndpoint: string;
  /** The public client that tools log in as. */
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly audience: string;
  /** Name of the header that carries a token, in lower case. */
  readonly header: string;
}

export type Unary = Connection["unary"];

/** Milliseconds that one of its calls may take. */
const TIMEOUT_MS = 10_000;
/** Milliseconds that the answer is kept. */
const KEEP_MS = 600_000;
/** Headers that frame a request or name another party; no token travels in them. */
const NO_TOKEN_HEADER = /^(host|connection|cookie|expect|upgrade|te|trailer|transfer-encoding|content-.*|connect-.*)$/;

/** The authorization server of a control plane; undefined where it has none, as an open-source one by default. */
export type ReadAuthMetadata = () => Promise<AuthMetadata | undefined>;

/**
 * Asks a control plane, without credentials, for its authorization server: `GetOAuth2Metadata` and
 * `GetPublicClientConfig` of `AuthMetadataService`. The answer is kept for ten minutes. Throws `internal` for an answer
 * that credentials cannot be trusted to.
 */
export function createAuthMetadata(origin: string, unary: Unary): ReadAuthMetadata {
  let known: { readonly answer: Promise<AuthMetadata | undefined>; readonly until: number } | undefined;
  return () => {
    if (known && performance.now() < known.until) return known.answer;
    const answer = fetchAuthMetadata(origin, unary);
    const asked = { answer, until: performance.now() + KEEP_MS };
    known = asked;
    answer.catch(() => {
      if (known === asked) known = undefined;
    });
    return answer;
  };
}

/** As {@link ReadAuthMetadata}; throws `unauthenticated` where there is no authorization server. */
export async function requireAuthMetadata(origin: string, read: ReadAuthMetadata): Promise<AuthMetadata> {
  const metadata = await read();
  if (metadata) return metadata;
  throw new FlyteWebhookError("unauthenticated", `the control plane ${origin} names no authorization server`, {
    hint: "Without one it has no logins and no API keys; ask who runs it for a token.",
  });
}

async function fetchAuthMetadata(origin: string, unary: Unary): Promise<AuthMetadata | undefined> {
  const { getOAuth2Metadata, getPublicClientConfig } = AuthMetadataService.method;
  const anonymous = { caller: {}, timeoutMs: TIMEOUT_MS };
  const answers = await Promise.all([
    unary(getOAuth2Metadata, {}, anonymous),
    unary(getPublicClientConfig, {}, anonymous),
  ]).catch((error: unknown) => {
    const { code } = FlyteWebhookError.from(error);
    if (code !== "unimplemented" && code !== "not_found") throw error;
  });
  if (answers === undefined) return undefined;
  const [server, client] = answers;
  const header = (client.authorizationMetadataKey || "authorization").toLowerCase();
  if (!/^[a-z0-9!#$%&'*+.^_|~-]+$/.test(header) || NO_TOKEN_HEADER.test(header)) {
    throw new FlyteWebhookError("internal", `the control plane names ${JSON.stringify(header)} as header of tokens`);
  }
  const endpoint = (url: string, what: string) => (url === "" ? "" : checked(url, what, origin));
  return {
    issuer: server.issuer || origin,
    namesIssuer: server.issuer !== "",
    tokenEndpoint: checked(server.tokenEndpoint, "token endpoint", origin),
    authorizationEndpoint: endpoint(server.authorizationEndpoint, "authorization endpoint"),
    deviceAuthorizationEndpoint: endpoint(server.deviceAuthorizationEndpoint, "device authorization endpoint"),
    clientId: client.clientId,
    redirectUri: client.redirectUri,
    scopes: client.scopes,
    audience: client.audience,
    header,
  };
}

/** Secrets go there: over TLS, unless the control plane itself is reached without, or it is on this machine. */
function checked(text: string, what: string, origin: string): string {
  const url = URL.parse(text);
  const plain = url?.protocol === "http:" && (origin.startsWith("http:") || isLoopbackHost(url.hostname));
  if (url && (url.protocol === "https:" || plain) && url.username === "") return text;
  throw new FlyteWebhookError("internal", `the control plane's ${what} ${JSON.stringify(text)} is no https address`);
}
