import { Code, ConnectError } from "@connectrpc/connect";
import { CONNECT_CODES, type ConnectCodeName, FlyteWebhookError } from "@flyte-webhook/core";
import { tlsHint } from "./tls-failure.ts";

/** Connect numbers its codes from 1 in the order of {@link CONNECT_CODES}. */
export function codeName(code: Code): ConnectCodeName {
  return CONNECT_CODES[code - 1] ?? "unknown";
}

/** One error class for what a call can throw; the Connect error stays as its cause. */
export function fromConnect(error: unknown): FlyteWebhookError {
  if (error instanceof FlyteWebhookError) return error;
  const connect = ConnectError.from(error);
  const hint = connect.code === Code.Unavailable ? tlsHint(connect.cause) : undefined;
  return new FlyteWebhookError(codeName(connect.code), connect.rawMessage, { cause: error, ...(hint && { hint }) });
}

/** System error codes of a connection that could not be made or broke. */
const UNREACHABLE = /^(ECONN|EHOST|ENET|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT)/;
const TLS = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO)/;

/** What a failed exchange with `origin` means in Connect's codes. */
export function fromNetwork(error: unknown, origin: string): ConnectError {
  if (error instanceof ConnectError) return error;
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  if (TLS.test(code)) {
    const text = /^(EPROTO|ERR_SSL)/.test(code)
      ? `${origin} does not speak TLS (${code})`
      : `the TLS certificate of ${origin} is not trusted (${code})`;
    return new ConnectError(text, Code.Unavailable, undefined, undefined, error);
  }
  if (UNREACHABLE.test(code)) {
    return new ConnectError(`${origin} cannot be reached (${code})`, Code.Unavailable, undefined, undefined, error);
  }
  // Bytes that are no HTTP, a response cut short, …: the peer is there and does not speak the protocol.
  return new ConnectError(
    `${origin} answered with something that is no Connect response`,
    Code.Internal,
    undefined,
    undefined,
    error,
  );
}
