import {
  CONNECT_CODES,
  type EndpointDefinition,
  ERROR_STATUS,
  type ErrorCode,
  FlyteWebhookError,
  type Issue,
} from "@flyte-webhook/core";
import { z } from "@hono/zod-openapi";
import { errorAnswer } from "../request/error-response.ts";

const problem = z
  .object({
    type: z.string().describe("A short stable word"),
    loc: z.array(z.union([z.string(), z.number()])).describe("Where it is, from `query` or `body` down"),
    msg: z.string().describe("What is wrong and how to mend it"),
    input: z.unknown().optional(),
    ctx: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi("Problem");

/** What every error is answered with. */
export const failure = z
  .object({
    detail: z.union([z.string(), z.array(problem)]).describe("A text, or with 422 every problem of the request"),
    code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
    request_id: z.string().describe("That of the answer's `x-request-id`; the log knows it too"),
  })
  .openapi("Failure");

/** What is refused before an endpoint is asked, a call that came from this webhook among it, and a bug anywhere. */
const EVERYWHERE = [
  "malformed_request",
  "self_reference",
  "request_timeout",
  "uri_too_long",
  "headers_too_large",
  "bug",
] as const;

/** The codes that an endpoint can answer with, by status, both in the order of the table of codes. */
export function failuresOf(endpoint: EndpointDefinition): ReadonlyMap<number, readonly ErrorCode[]> {
  const { auth, body, guard } = endpoint;
  const possible = new Set<ErrorCode>(EVERYWHERE);
  const add = (...codes: readonly ErrorCode[]) => {
    for (const code of codes) possible.add(code);
  };
  if (auth === "caller") add("overloaded", ...CONNECT_CODES);
  if (guard !== "none" || endpoint.id === "prefetch_hf_model") add("not_allowed");
  if (body !== "none") add("payload_too_large", "invalid_request");
  if (endpoint.id === "call_app") add("bad_target", "target_unreachable", "target_timeout");
  const byStatus = new Map<number, ErrorCode[]>();
  for (const [code, status] of Object.entries(ERROR_STATUS) as [ErrorCode, number][]) {
    if (possible.has(code)) byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return new Map([...byStatus].sort(([a], [b]) => a - b));
}

/** The bodies by code as they are answered, for the document to refer to. */
export function failureExamples(): [ErrorCode, { summary: string; value: unknown }][] {
  return (Object.keys(ERROR_STATUS) as ErrorCode[]).map((code) => {
    const issues = code === "invalid_request" ? PROBLEMS : [];
    const error = new FlyteWebhookError(code, TEXTS[code] ?? "", { issues });
    const { body } = errorAnswer(error, "5b0f3c9a-8a56-4b7e-9a55-7f1d2f8f0b1e");
    return [code, { summary: code.replaceAll("_", " "), value: JSON.parse(body ?? "null") }];
  });
}

const PROBLEMS: readonly Issue[] = [
  { type: "missing_input", loc: ["body", "x"], msg: "Missing required input x (an integer)" },
];

/** Texts of those codes that have no fixed one. */
const TEXTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  malformed_request: "The request names no valid address",
  request_timeout: "The request did not arrive within 60000 ms",
  payload_too_large: "The body is larger than 1048576 bytes",
  uri_too_long: "The address is longer than 16384 bytes",
  headers_too_large: "The headers are larger than 32768 bytes",
  overloaded: "The webhook takes 1024 requests at once; try again soon",
  self_reference: "Cannot call self",
  not_allowed: "Task development/flytesnacks/env.train is not in the allowlist",
  canceled: "the call was canceled",
  invalid_argument: "The control plane refuses a value",
  not_found: "Run r1 not found",
  already_exists: "There is one of this name already",
  permission_denied: "The caller may not do this",
  resource_exhausted: "Too many calls",
  failed_precondition: "App helper is stopped",
  aborted: "The app changed meanwhile",
  out_of_range: "A value is out of range",
  target_error: "Target app returned error: no such model",
};

/** What a status means, whatever the code. */
export const MEANING: Readonly<Record<number, string>> = {
  400: "The request cannot be read, the control plane refuses it, or it is about the webhook itself",
  401: "Credentials are missing or not accepted",
  403: "The caller may not do this, or it is in no allow-list",
  404: "There is no such thing",
  408: "The request did not arrive in time",
  409: "The state of the thing does not allow this",
  413: "The body is too large",
  414: "The address is too long",
  422: "The request is not valid; every problem is listed",
  429: "The control plane asks to slow down",
  431: "The headers are too large",
  499: "The caller went away",
  500: "A bug in the webhook",
  501: "The control plane cannot do this",
  502: "The control plane, or the app that was called, failed",
  503: "The control plane is unavailable, or the webhook has too much to do",
  504: "There was no answer in time",
};
