import { getCACertificates } from "node:tls";
import type { Endpoint } from "../endpoint.ts";

export interface TransportOptions {
  readonly endpoint: Endpoint;
  /** PEM text of the certificate authorities to trust beside Node's own. */
  readonly ca?: string | undefined;
  /** Accept any certificate. For tests and laptops. */
  readonly insecureSkipVerify?: boolean | undefined;
  /** Credentials of calls that bring none of their own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds of a unary call without a deadline of its own. Default 15,000. */
  readonly timeoutMs?: number | undefined;
  /** Largest response of a unary call in bytes. Default 64 MiB. */
  readonly maxResponseBytes?: number | undefined;
}

export const DEFAULT_TIMEOUT_MS = 15_000;
export const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** Sent as `user-agent`, so that a control plane's log tells who called. */
export const USER_AGENT = "flyte-webhook/0.1.0";

/** What Node itself trusts (`NODE_EXTRA_CA_CERTS` and `--use-system-ca` included), and further authorities. */
export function trusted(ca: string): string[] {
  return [...getCACertificates("default"), ca];
}

/** TLS options of both HTTP clients. */
export function tlsOptions(options: Pick<TransportOptions, "ca" | "insecureSkipVerify">): {
  ca?: string[];
  rejectUnauthorized: boolean;
} {
  const rejectUnauthorized = options.insecureSkipVerify !== true;
  if (options.ca === undefined) return { rejectUnauthorized };
  return { ca: trusted(options.ca), rejectUnauthorized };
}
