import { type Endpoint, parseEndpoint } from "../endpoint.ts";

/**
 * A Flyte API key: the client credentials of one control plane, written as base64 of
 * `endpoint:clientId:clientSecret:org`. No control plane takes it as a token; it is exchanged for one.
 */
export interface ApiKey {
  /** Host, `host:port`, or either with `dns:///`, `https://` or `http://` in front. */
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Empty when the key names none. */
  readonly org: string;
}

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const ENDPOINT = /^(?:(?:dns|https?):\/\/\/?)?(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5}(?=:[^:]+:.+:[^:]*$))?/i;

/**
 * Reads an API key; undefined for any other text, such as an ordinary token. The padding of the base64 may be missing.
 * Python's reading is a split at the first three colons, which fails for an endpoint with a port or scheme and for a
 * secret with a colon; here the endpoint's own colons are told apart (a number after the host is a port
 * when three parts or more follow), and what remains of colons is the secret's.
 */
export function parseApiKey(text: string): ApiKey | undefined {
  if (!BASE64.test(text)) return undefined;
  const decoded = Buffer.from(text, "base64");
  if (decoded.indexOf(":") < 1) return undefined;
  const plain = decoded.toString("utf8");
  const [endpoint] = ENDPOINT.exec(plain) ?? [];
  if (endpoint === undefined || plain[endpoint.length] !== ":") return undefined;
  const rest = plain.slice(endpoint.length + 1);
  const first = rest.indexOf(":");
  const last = rest.lastIndexOf(":");
  const [clientId, clientSecret] = [rest.slice(0, first), rest.slice(first + 1, last)];
  if (first < 1 || last <= first + 1 || plain.includes("\ufffd") || hasControlCharacters(plain)) return undefined;
  const org = rest.slice(last + 1);
  return { endpoint, clientId, clientSecret, org: org === "None" ? "" : org };
}

/**
 * Of ASCII text, every fourth character of its base64 is one of the first half of the alphabet: most other tokens differ
 * in one of the first three and need not be decoded.
 */
const BEARER = /^[Bb][Ee][Aa][Rr][Ee][Rr] +((?:[A-Za-f][A-Za-z0-9+/_-]{3}){3}\S*) *$/;

/** The API key that an `authorization` header carries as bearer. Costs a JWT (its dots tell it) next to nothing. */
export function apiKeyOf(authorization: string | undefined): { key: ApiKey; text: string } | undefined {
  if (authorization === undefined || authorization.includes(".")) return undefined;
  const [, text] = BEARER.exec(authorization) ?? [];
  const key = text === undefined ? undefined : parseApiKey(text);
  return key && text !== undefined ? { key, text } : undefined;
}

/** Whether a key belongs to the control plane that is reached at one of these origins. A key without a port fits any. */
export function isKeyOf(key: ApiKey, origins: readonly string[]): boolean {
  return origins.some((origin) => {
    const plane = new URL(origin);
    const named = endpointOf(key, plane.protocol === "http:");
    if (named === undefined) return false;
    const url = new URL(named.origin);
    return /:\d+$/.test(key.endpoint) ? url.host === plane.host : url.hostname === plane.hostname;
  });
}

/** Where a key's control plane is; undefined when it names no address. */
export function endpointOf(key: ApiKey, insecure = false): Endpoint | undefined {
  try {
    return parseEndpoint(key.endpoint, insecure);
  } catch {
    return undefined;
  }
}

function hasControlCharacters(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(text);
}
