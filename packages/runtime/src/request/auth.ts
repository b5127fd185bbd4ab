import type { Caller } from "@flyte-webhook/client/caller";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { Context } from "hono";

/** A request header; Node's parsed headers are at hand behind a server, and building a `Headers` object is not free. */
export function header(c: Context, name: string): string | undefined {
  const incoming = (c.env as { incoming?: { headers: Record<string, string | string[] | undefined> } } | undefined)
    ?.incoming;
  if (!incoming) return c.req.header(name);
  const value = incoming.headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** A scheme without anything after it. */
const NO_CREDENTIALS = /^(?:bearer|basic)$/i;

/**
 * The caller's credentials, verbatim: whatever `Authorization` or `Cookie` says, the control plane judges.
 * Throws `unauthenticated` when there is neither, or an `Authorization` that holds no credentials.
 */
export function authenticate(c: Context): Caller {
  const authorization = header(c, "authorization")?.trim() || undefined;
  const cookie = header(c, "cookie")?.trim() || undefined;
  if (authorization === undefined ? cookie === undefined : NO_CREDENTIALS.test(authorization)) {
    throw new FlyteWebhookError("unauthenticated", "Authentication credentials required");
  }
  return { authorization, cookie };
}

/**
 * A browser attaches cookies to requests that other sites make it send; so a request that changes something and carries
 * nothing but a cookie must come from the webhook's own site. Throws `permission_denied`.
 */
export function refuseCrossSite(c: Context, caller: Caller): void {
  if (caller.authorization !== undefined) return;
  const site = header(c, "sec-fetch-site");
  const origin = header(c, "origin");
  const foreign =
    site === "cross-site" || site === "same-site" || (origin !== undefined && hostOf(origin) !== header(c, "host"));
  if (foreign) {
    throw new FlyteWebhookError(
      "permission_denied",
      "A request with only a cookie must come from the webhook's own site",
    );
  }
}

function hostOf(origin: string): string | undefined {
  return URL.parse(origin)?.host;
}
