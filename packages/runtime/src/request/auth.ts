import type { Caller } from "@flyte-webhook/client/caller";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { WebhookRequest } from "./webhook-request.ts";

/** A scheme without anything after it. */
const NO_CREDENTIALS = /^(?:bearer|basic)$/i;

/**
 * The caller's credentials, verbatim: whatever `Authorization` or `Cookie` says, the control plane judges.
 * Throws `unauthenticated` when there is neither, or an `Authorization` that holds no credentials.
 */
export function authenticate(request: WebhookRequest): Caller {
  const authorization = request.header("authorization")?.trim() || undefined;
  const cookie = request.header("cookie")?.trim() || undefined;
  if (authorization === undefined ? cookie === undefined : NO_CREDENTIALS.test(authorization)) {
    throw new FlyteWebhookError("unauthenticated", "Authentication credentials required");
  }
  return { authorization, cookie };
}

/**
 * A browser attaches cookies to requests that other sites make it send; so a request that changes something and carries
 * nothing but a cookie must come from the webhook's own origin, as `Sec-Fetch-Site` or `Origin` tells. Another app's page
 * is often of the same site and still no part of this one. Without either header it must be JSON, which no page of
 * another origin can send without asking first. Throws `permission_denied`.
 */
export function refuseCrossSite(request: WebhookRequest, caller: Caller): void {
  if (caller.authorization !== undefined) return;
  const site = request.header("sec-fetch-site");
  const origin = request.header("origin");
  // Browsers let no page set `Sec-Fetch-Site`, and no proxy changes it, as one may change the host that `Origin` is held against.
  const foreign =
    site !== undefined
      ? !OWN_SITES.has(site)
      : origin !== undefined
        ? hostOf(origin) !== request.header("host")
        : !isJson(request);
  if (foreign) {
    throw new FlyteWebhookError(
      "permission_denied",
      "A request with only a cookie must come from the webhook's own site; send Authorization, or Origin or Sec-Fetch-Site",
    );
  }
}

/** `none` is a user who acts without any page. */
const OWN_SITES: ReadonlySet<string> = new Set(["same-origin", "none"]);

/** Whether the body says to be JSON; FastAPI reads one as such for these media types only. */
export function isJson(request: WebhookRequest): boolean {
  return /^application\/(?:[^;]+\+)?json\s*(?:;|$)/i.test(request.header("content-type") ?? "");
}

function hostOf(origin: string): string | undefined {
  return URL.parse(origin)?.host;
}
