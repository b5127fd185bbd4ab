import type { ErrorCode, FlyteWebhookError } from "@flyte-webhook/core";
import { stringifyJson } from "@flyte-webhook/literals/json-text";
import type { Answer } from "./answer.ts";

/** What callers read where the true text is none of their business: addresses, paths and dumps stay in the log. */
const PUBLIC_TEXT: Partial<Record<ErrorCode, string>> = {
  unauthenticated: "Invalid credentials or unauthorized",
  unimplemented: "The control plane does not offer this",
  unavailable: "The control plane is unavailable",
  deadline_exceeded: "The control plane did not answer in time",
  internal: "The control plane failed",
  unknown: "The control plane failed",
  data_loss: "The control plane failed",
  bad_target: "The app's address is not called",
  target_unreachable: "The app cannot be reached",
  target_timeout: "The app did not answer in time",
  bug: "Internal Server Error",
  invalid_config: "Internal Server Error",
};

/** Names the status that a called app answered with, on every answer that comes from one. */
export const UPSTREAM_STATUS = "x-flyte-upstream-status";

/** Longest text of a control plane that is passed on. */
const MAX_DETAIL = 500;

/** The JSON answer to an error: `detail` as in Python, plus a code for machines and the id to find it in the log. */
export function errorAnswer(error: FlyteWebhookError, requestId: string): Answer {
  const body: Record<string, unknown> = {
    detail: error.code === "invalid_request" ? error.issues : detailOf(error),
    code: error.code,
    request_id: requestId,
  };
  const headers: Record<string, string> = { "content-type": "application/json", "x-request-id": requestId };
  if (error.code === "target_error") headers[UPSTREAM_STATUS] = String(error.status);
  else if (error.status === 401) headers["www-authenticate"] = "Bearer";
  else if (error.status === 429 || error.status === 503) headers["retry-after"] = retryAfterOf(error) ?? "1";
  return { status: error.status, headers, body: error.status === 304 ? null : stringifyJson(body as never) };
}

function detailOf(error: FlyteWebhookError): string {
  // Our own texts have no Connect error behind them and may be shown.
  const fixed = error.cause === undefined ? undefined : (PUBLIC_TEXT[error.code] ?? withoutInternals(error));
  const text = fixed ?? (error.message || PUBLIC_TEXT[error.code] || error.code);
  // What an app says goes to whoever may call it, whole: Python's clients read it from there.
  return text.length > MAX_DETAIL && error.code !== "target_error" ? `${text.slice(0, MAX_DETAIL)}…` : text;
}

/**
 * What a control plane says of a request goes to its caller, who must mend it; but not with a path of its machine, a line
 * of its source, a dump of a message or its address in it.
 */
function withoutInternals(error: FlyteWebhookError): string | undefined {
  const isOfPlane = error.code !== "target_error" && error.code !== "bad_target";
  return isOfPlane && INTERNALS.test(error.message) ? `The control plane refused this: ${error.code}` : undefined;
}

const INTERNALS = new RegExp(
  [
    String.raw`(?:^|[\s"'(=:])/(?:var|etc|usr|home|root|opt|tmp|go|proc|app|src)/\S`,
    String.raw`\.(?:go|py|rs|java|ts|js):\d+`,
    String.raw`\b\w+ ?\{\s*\w+ ?[:{]`,
    String.raw`\bgoroutine \d+|Traceback \(most recent`,
    String.raw`^https?://\S+ answered HTTP \d`,
  ].join("|"),
);

/** Seconds after which the control plane wants to be asked again, when it says so. */
function retryAfterOf({ cause }: FlyteWebhookError): string | undefined {
  const metadata = (cause as { metadata?: unknown } | undefined)?.metadata;
  const value = metadata instanceof Headers ? metadata.get("retry-after") : undefined;
  return value && /^\d{1,5}$/.test(value) ? value : undefined;
}

/** Whether the log should tell what the answer does not. */
export function isWorthLogging(error: FlyteWebhookError): boolean {
  return error.status >= 500 && error.code !== "target_error";
}
