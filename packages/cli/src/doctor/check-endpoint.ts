import { once } from "node:events";
import { connect } from "node:net";
import { type Finding, failed, ok, skipped } from "./check.ts";
import type { Target } from "./examine.ts";

const TIMEOUT_MS = 5000;

/** Whether something listens at the address. */
export async function checkEndpoint({ url, proxied }: Target): Promise<Finding> {
  if (proxied) return skipped(`${url.host} is reached through a proxy`);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const begun = performance.now();
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return ok(`${url.origin} accepts connections (${Math.round(performance.now() - begun)} ms)`);
  } catch (error) {
    const code = codeOf(error);
    return failed(`${url.hostname}:${port} cannot be reached (${code})`, mendOf(code, url));
  } finally {
    socket.destroy();
  }
}

/** The system's word for what failed; of several addresses that were tried, the first one's. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const { code, name } = error as NodeJS.ErrnoException;
  return name === "AbortError" ? `no answer within ${TIMEOUT_MS / 1000} s` : (code ?? String(error));
}

function mendOf(code: string, { hostname }: URL): string {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `No such host is known: check the spelling of ${hostname} and your network or VPN.`;
    case "ECONNREFUSED":
      return hostname === "127.0.0.1" || hostname === "localhost"
        ? "Nothing listens there: start the devbox with `flyte-webhook dev`, or check the port."
        : "Nothing listens there: check the port of the endpoint.";
    default:
      return "Check the address, your network or VPN, and whether a firewall is in between.";
  }
}
