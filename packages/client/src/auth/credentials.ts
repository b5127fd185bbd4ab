import type { CallOptions } from "../caller.ts";
import { apiKeyOf } from "./api-key.ts";
import { type ApiKeyExchangeOptions, createApiKeyExchange } from "./api-key-exchange.ts";
import type { TokenSource } from "./token-source.ts";

/** What a way to log in is told of the control plane that it is for. */
export type AuthPlane = Pick<
  ApiKeyExchangeOptions,
  "origin" | "ca" | "insecureSkipVerify" | "proxyEnv" | "unary" | "aliases"
>;

/** A way to log in: makes the source of the tokens that calls without a caller of their own carry. */
export type Auth = (plane: AuthPlane) => TokenSource;

/** Where a call's token comes from; undefined when its credentials are sent as they stand, which is the common case. */
export type Credentials = (call: CallOptions) => TokenSource | undefined;

export interface OwnCredentials {
  readonly apiKey?: string | undefined;
  readonly auth?: Auth | undefined;
}

/**
 * The credentials of a connection and of every connection made from it: the caller's own when a call has one, else those
 * of the connection. Only an API key, or a way to log in, needs a token in its place.
 */
export function createCredentials({ apiKey, auth }: OwnCredentials, plane: AuthPlane): Credentials {
  const exchange = createApiKeyExchange(plane);
  const bearer = apiKey ? `Bearer ${apiKey}` : undefined;
  const login = bearer === undefined ? auth?.(plane) : undefined;
  return ({ caller }) => (caller ? exchange(caller.authorization) : (login ?? exchange(bearer)));
}

/** The headers of a connection's own API key, where it is a token that a control plane takes as it stands. */
export function plainHeaders({ apiKey }: OwnCredentials): Readonly<Record<string, string>> | undefined {
  if (!apiKey || apiKeyOf(`Bearer ${apiKey}`) !== undefined) return undefined;
  return { authorization: `Bearer ${apiKey}` };
}
