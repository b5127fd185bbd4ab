/**
 * The one error class of this project and its closed set of codes.
 *
 * A code is one of the Connect protocol's (what a control plane answers), or one of ours for what happens on this
 * side of the wire. `ERROR_STATUS` is the only place where a code becomes an HTTP status.
 */

/** Connect's codes, in its own spelling. */
export const CONNECT_CODES = [
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
] as const;
export type ConnectCodeName = (typeof CONNECT_CODES)[number];

/** What goes wrong on this side: in a declaration, a configuration, a request, a deployed process, or our own code. */
export const LOCAL_CODES = [
  "invalid_declaration",
  "invalid_config",
  "invalid_spec",
  "invalid_request",
  "malformed_request",
  "request_timeout",
  "payload_too_large",
  "uri_too_long",
  "headers_too_large",
  "overloaded",
  "unsupported_media_type",
  "self_reference",
  "not_allowed",
  "route_not_found",
  "method_not_allowed",
  "deploy_failed",
  "target_error",
  "bad_target",
  "target_unreachable",
  "target_timeout",
  "bug",
] as const;
export type LocalCode = (typeof LOCAL_CODES)[number];

export type ErrorCode = ConnectCodeName | LocalCode;

/** HTTP status of every code; adding a code without one does not compile. */
export const ERROR_STATUS = {
  canceled: 499,
  unknown: 502,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 409,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 502,
  unavailable: 503,
  data_loss: 502,
  unauthenticated: 401,
  invalid_declaration: 400,
  invalid_config: 500,
  invalid_spec: 500,
  invalid_request: 422,
  /** What came is no HTTP, or names no address that exists. */
  malformed_request: 400,
  request_timeout: 408,
  payload_too_large: 413,
  uri_too_long: 414,
  headers_too_large: 431,
  /** More requests at once than this webhook takes. */
  overloaded: 503,
  unsupported_media_type: 415,
  self_reference: 400,
  not_allowed: 403,
  route_not_found: 404,
  method_not_allowed: 405,
  deploy_failed: 502,
  /** A called app answered with an error; the status of the answer is the app's own. */
  target_error: 502,
  /** A called app has an address that is not called, or an answer that cannot be passed on. */
  bad_target: 502,
  target_unreachable: 502,
  target_timeout: 504,
  bug: 500,
} as const satisfies Record<ErrorCode, number>;

/** One problem of an input, in the shape FastAPI gives its 422 items. */
export interface Issue {
  /** A short stable word, e.g. `missing`, `int_parsing`, `type_mismatch`. */
  readonly type: string;
  /** Where it is: `["body", "x", 0]`, `["query", "wait"]`, or an option path of a declaration. */
  readonly loc: readonly (string | number)[];
  /** What is wrong and how to mend it. */
  readonly msg: string;
  /** The offending value, when it is small and safe to show. */
  readonly input?: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

export interface FlyteWebhookErrorOptions {
  /** The next step for whoever reads it. */
  hint?: string;
  cause?: unknown;
  /** All problems, when there can be several. */
  issues?: readonly Issue[];
  /** HTTP status, for the one code whose status is somebody else's. Default: that of {@link ERROR_STATUS}. */
  status?: number;
}

export class FlyteWebhookError extends Error {
  override readonly name = "FlyteWebhookError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly issues: readonly Issue[];
  /** HTTP status of {@link code}. */
  readonly status: number;

  constructor(code: ErrorCode, message: string, options: FlyteWebhookErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.issues = options.issues ?? [];
    this.status = options.status ?? ERROR_STATUS[code];
  }

  /** Normalises anything caught; what is not ours is a `bug`. */
  static from(error: unknown): FlyteWebhookError {
    if (error instanceof FlyteWebhookError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new FlyteWebhookError("bug", message, { cause: error });
  }
}

/** One readable text of an error for a terminal: the message, each issue on a line, then the hint. */
export function renderError(error: FlyteWebhookError): string {
  const lines = [error.message];
  for (const issue of error.issues)
    if (!error.message.includes(issue.msg)) lines.push(`  - ${formatPath(issue.loc)}: ${issue.msg}`);
  if (error.hint) lines.push(`  ${error.hint}`);
  return lines.join("\n");
}

/** `["body", "x", 0, "y"]` → `body.x[0].y`. */
export function formatPath(loc: readonly (string | number)[]): string {
  let path = "";
  for (const part of loc) path += typeof part === "number" ? `[${part}]` : path === "" ? part : `.${part}`;
  return path;
}
