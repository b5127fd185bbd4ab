import type { IncomingMessage } from "node:http";

/**
 * Why a request is refused, if it is. A page of another site can reach a server on loopback by a DNS name that points
 * there, or by sending its requests straight: the first shows in `Host`, the second in `Origin`.
 */
export function hostGuard(request: IncomingMessage): string | undefined {
  const host = hostOf(request);
  const { origin } = request.headers;
  if (!isLoopbackHost(host)) return "this server answers only to localhost and 127.0.0.1";
  if (origin !== undefined && origin !== originOf(request)) return "requests from other origins are refused";
  return undefined;
}

/** What the client calls this server: `Host`, or `:authority` of HTTP/2. */
function hostOf({ headers }: IncomingMessage): string | undefined {
  return headers.host ?? (headers[":authority"] as string | undefined);
}

/** This server's origin as the client knows it; `https:` when it came over TLS. */
export function originOf(request: IncomingMessage): string {
  const { encrypted } = request.socket as { encrypted?: boolean };
  return `${encrypted ? "https" : "http"}://${hostOf(request)}`;
}

function isLoopbackHost(host: string | undefined): boolean {
  const name = host?.toLowerCase().replace(/:\d{1,5}$/, "");
  return name === "127.0.0.1" || name === "[::1]" || name === "localhost" || (name?.endsWith(".localhost") ?? false);
}
