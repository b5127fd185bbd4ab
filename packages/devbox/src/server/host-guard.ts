import type { IncomingMessage } from "node:http";

/**
 * Why a request is refused, if it is. A page of another site can reach a server on loopback by a DNS name that points
 * there, or by sending its requests straight: the first shows in `Host`, the second in `Origin`.
 */
export function hostGuard(request: IncomingMessage): string | undefined {
  const { host, origin } = request.headers;
  if (!isLoopbackHost(host)) return "this server answers only to localhost and 127.0.0.1";
  if (origin !== undefined && origin !== `http://${host}`) return "requests from other origins are refused";
  return undefined;
}

function isLoopbackHost(host: string | undefined): boolean {
  const name = host?.toLowerCase().replace(/:\d{1,5}$/, "");
  return name === "127.0.0.1" || name === "[::1]" || name === "localhost" || (name?.endsWith(".localhost") ?? false);
}
