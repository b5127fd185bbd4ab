import { FlyteWebhookError } from "@flyte-webhook/core";

/** One value of a query parameter, already text. */
export type QueryPair = readonly [name: string, value: string];

/**
 * The endpoint of an app as its control plane reports it, without query and fragment, its path ending in `/`.
 * Throws `bad_target` for what is no plain http(s) address; `http:` only with `plainHttp`, because credentials go there.
 */
export function appEndpoint(publicUrl: string, plainHttp: boolean): URL {
  const url = URL.parse(publicUrl);
  const refuse = (why: string) => new FlyteWebhookError("bad_target", `The app's address ${why}`);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) throw refuse("is no http or https address");
  if (url.username || url.password) throw refuse("carries credentials");
  if (url.protocol === "http:" && !plainHttp) {
    throw refuse("is plain http, while the control plane is reached over TLS: credentials would travel in the clear");
  }
  return new URL(`${url.origin}${url.pathname.replace(/\/*$/, "/")}`);
}

/**
 * The address of `path` below an app's endpoint. Whatever the path is, it stays a path: leading slashes are dropped as in
 * Python, a backslash is a character, a fragment is cut, a query in it is joined with `query`. A path that would leave the
 * endpoint's own path, by dot segments however they are encoded, is refused: throws `invalid_request`.
 */
export function targetUrl(endpoint: URL, path: string, query: readonly QueryPair[] = []): URL {
  const [whole = ""] = path.split("#", 1);
  const mark = whole.indexOf("?");
  const own = (mark < 0 ? whole : whole.slice(0, mark)).replace(/^\/+/, "").replaceAll("\\", "%5C");
  // Characters that a URL parser drops must not reach it.
  if (hasControlCharacters(whole)) throw refusePath("contains control characters", path);
  if (climbs(own)) throw refusePath("leaves the app's endpoint", path);
  const url = new URL(endpoint.href + own);
  url.search = mark < 0 ? "" : whole.slice(mark);
  for (const [name, value] of query) url.searchParams.append(name, value);
  if (!isBelow(endpoint, url)) throw refusePath("leaves the app's endpoint", path);
  return url;
}

/** Whether a URL has the endpoint's origin and lies below its path. */
export function isBelow(endpoint: URL, url: URL): boolean {
  return (
    url.origin === endpoint.origin &&
    url.username === "" &&
    url.password === "" &&
    url.pathname.startsWith(endpoint.pathname) &&
    !climbs(url.pathname)
  );
}

function hasControlCharacters(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(text);
}

/** How often a path may be encoded and is still understood: once by us, once by a proxy, once by the app. */
const MAX_DECODINGS = 3;

/**
 * Whether a path has a `..` segment, also one that shows only once it is decoded, or one with parameters (`..;x`), which
 * some servers read the same way.
 */
function climbs(path: string): boolean {
  let text = path;
  for (let decodings = 0; decodings <= MAX_DECODINGS; decodings++) {
    if (text.split(/[/\\]/).some((segment) => /^\.\.(?:;|$)/.test(segment))) return true;
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  return false;
}

function refusePath(why: string, path: string): FlyteWebhookError {
  const issue = { type: "invalid_path", loc: ["query", "path"], msg: `The path ${why}`, input: path.slice(0, 200) };
  return new FlyteWebhookError("invalid_request", `the path ${why}`, { issues: [issue] });
}
