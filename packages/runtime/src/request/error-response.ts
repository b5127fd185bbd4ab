import { type ErrorCode, FlyteWebhookError } from "@flyte-webhook/core";
import { stringifyJson } from "@flyte-webhook/literals";

/** What callers read where the true text is none of their business: addresses, paths and dumps stay in the log. */
const PUBLIC_TEXT: Partial<Record<ErrorCode, string>> = {
  unauthenticated: "Invalid credentials or unauthorized",
  unavailable: "The control plane is unavailable",
  deadline_exceeded: "The control plane did not answer in time",
  internal: "The control plane failed",
  unknown: "The control plane failed",
  data_loss: "The control plane failed",
  bug: "Internal Server Error",
  invalid_config: "Internal Server Error",
};

/** Longest text of a control plane that is passed on. */
const MAX_DETAIL = 500;

/** The JSON answer to an error: `detail` as in Python, plus a code for machines and the id to find it in the log. */
export function errorResponse(error: FlyteWebhookError, requestId: string): Response {
  const body: Record<string, unknown> = {
    detail: error.code === "invalid_request" ? error.issues : detailOf(error),
    code: error.code,
    request_id: requestId,
  };
  const headers: Record<string, string> = { "content-type": "application/json", "x-request-id": requestId };
  if (error.status === 401) headers["www-authenticate"] = "Bearer";
  if (error.status === 429 || error.status === 503) headers["retry-after"] = "1";
  return new Response(stringifyJson(body as never), { status: error.status, headers });
}

function detailOf(error: FlyteWebhookError): string {
  // Our own texts have no Connect error behind them and may be shown.
  const fixed = error.cause === undefined ? undefined : PUBLIC_TEXT[error.code];
  const text = fixed ?? (error.message || PUBLIC_TEXT[error.code] || error.code);
  return text.length > MAX_DETAIL ? `${text.slice(0, MAX_DETAIL)}…` : text;
}

/** Whether the log should tell what the answer does not. */
export function isWorthLogging(error: FlyteWebhookError): boolean {
  return error.status >= 500;
}

export function toError(error: unknown): FlyteWebhookError {
  return FlyteWebhookError.from(error);
}
