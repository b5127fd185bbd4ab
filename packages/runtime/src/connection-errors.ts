import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { FlyteWebhookError, type WebhookLimits } from "@flyte-webhook/core";
import type { Answer } from "./request/answer.ts";

/** What Node's server tells with `clientError`. */
interface ClientError extends Error {
  readonly code?: string | undefined;
  /** What came last before the error. */
  readonly rawPacket?: Buffer | undefined;
}

/** What went wrong with a connection before there was a request to answer. */
export function fromClientError(error: ClientError, limits: WebhookLimits): FlyteWebhookError {
  switch (error.code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new FlyteWebhookError("request_timeout", `The request did not arrive within ${limits.requestMs} ms`);
    case "HPE_HEADER_OVERFLOW":
      return hasLongAddress(error.rawPacket, limits.urlBytes)
        ? new FlyteWebhookError("uri_too_long", `The address is longer than ${limits.urlBytes} bytes`)
        : new FlyteWebhookError("headers_too_large", `The headers are larger than ${limits.headerBytes} bytes`);
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new FlyteWebhookError("payload_too_large", "The extensions of the body's chunks are too large");
    default:
      return new FlyteWebhookError("malformed_request", "What came is not HTTP");
  }
}

/** Answers on the bare connection and ends it, unless another answer on it has begun: nothing may be written into that. */
export function answerConnection(socket: Duplex, { status, headers, body }: Answer): void {
  // The only trace of it; Node's own handler looks there too.
  const begun = (socket as { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;
  if (!socket.writable || begun) {
    socket.destroy();
    return;
  }
  const { STATUS_CODES } = process.getBuiltinModule("node:http");
  const text = body ?? "";
  const head = { ...headers, "content-length": String(Buffer.byteLength(text)), connection: "close" };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${text}`, () => socket.destroy());
}

/** Whether the head of a request is too large because its address is; the last part of a head does not tell. */
function hasLongAddress(bytes: Buffer | undefined, limit: number): boolean {
  const [, address] = /^[A-Z]+ ([^\r\n ]*)/.exec(bytes?.toString("latin1") ?? "") ?? [];
  return address !== undefined && address.length > limit;
}
