import { dialable } from "@flyte-webhook/client/outbound";
import { SPEC_HASH_FIELD, webhookSpecHash } from "@flyte-webhook/client/webhook-spec-hash";
import { ENDPOINT_IDS, type EndpointId, endpointDefinition, type WebhookSpec } from "@flyte-webhook/core";

/** Milliseconds that one request takes at most; a replica may have to be woken. */
const REQUEST_MS = 10_000;
/** Credentials of nobody: past the webhook's first check, where a path that does not exist is told. */
const NOBODY = { authorization: "Bearer nobody" };

/**
 * Asks an app at its public address whether it serves. Answers why it does not, or undefined when it does. `spec` is the
 * webhook's, undefined for any other app. A webhook serves when `/health` answers 200, its OpenAPI document is that of
 * this very spec, and each endpoint answers 401 without credentials when it is declared, 404 when it is not. Nothing is
 * run or changed by it. Where the platform's ingress asks for credentials, its refusal is all that can be seen and is
 * taken for an answer.
 */
export async function probe(
  spec: WebhookSpec | undefined,
  endpoint: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const base = dialable(endpoint).replace(/\/+$/, "");
  try {
    if (spec === undefined) {
      const { status } = await ask(`${base}/`, signal);
      return status >= 500 ? `/ answers ${status}` : undefined;
    }
    const isGuarded = (status: number) => spec.requiresAuth && (status === 401 || status === 403 || isRedirect(status));
    if (spec.endpoints.includes("health")) {
      const { status, body } = await ask(`${base}/health`, signal);
      if (isGuarded(status)) return undefined;
      if (status !== 200 || readStatus(body) !== "healthy") return `/health answers ${status}`;
    }
    const { status, body } = await ask(`${base}/openapi.json`, signal);
    if (isGuarded(status)) return undefined;
    if (status !== 200) return `/openapi.json answers ${status}`;
    return compareDocument(spec, body) ?? (await compareAnswers(spec, base, signal));
  } catch (error) {
    signal.throwIfAborted();
    return `${base} does not answer: ${rootMessage(error)}`;
  }
}

/** The document is of this spec; else an earlier one is still being served. */
function compareDocument(spec: WebhookSpec, body: unknown): string | undefined {
  const { info, paths = {} } = (body ?? {}) as { info?: Record<string, unknown>; paths?: Record<string, object> };
  const served = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const declared = spec.endpoints.map(endpointDefinition).map(({ method, path }) => `${method} ${path}`);
  const foreign = served.find((one) => !declared.includes(one));
  if (foreign !== undefined) return `another service answers, it has ${foreign}`;
  if (served.length === 0) return "none of the declared endpoints is served";
  const hash = info?.[SPEC_HASH_FIELD];
  // A program of your own or of an earlier version may not tell its spec.
  if (hash === undefined || hash === webhookSpecHash(spec)) return undefined;
  return "an earlier declaration is still being served";
}

/** Every endpoint as it is seen from outside. Without credentials none that is declared does anything. */
async function compareAnswers(spec: WebhookSpec, base: string, signal: AbortSignal): Promise<string | undefined> {
  const answers = await Promise.all(
    ENDPOINT_IDS.map(async (id: EndpointId) => {
      const { method, path, auth } = endpointDefinition(id);
      const isDeclared = spec.endpoints.includes(id);
      // It was asked already, or there is nothing to see of it.
      if (auth === "none") return undefined;
      const url = `${base}${path.replace(/\{\w+\}/g, "x")}`;
      const { status } = await ask(url, signal, method, isDeclared ? {} : NOBODY);
      const expected = isDeclared ? 401 : 404;
      if (status === expected || (spec.requiresAuth && (status === 401 || status === 403 || isRedirect(status))))
        return;
      return `${method} ${path} answers ${status}, not ${expected}`;
    }),
  );
  return answers.find((one) => one !== undefined);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function ask(url: string, signal: AbortSignal, method = "GET", headers = {}): Promise<Answer> {
  // Not needed before something is served, and slow to load.
  const { ofetch } = await import("ofetch");
  const response = await ofetch.raw(url, {
    method,
    headers,
    retry: 0,
    redirect: "manual",
    ignoreResponseError: true,
    parseResponse: parseJson,
    signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
  });
  return { status: response.status, body: response._data as unknown };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400;

const readStatus = (body: unknown): unknown => (body as { status?: unknown } | null)?.status;

function rootMessage(error: unknown): string {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  const { code, message } = cause as { code?: string; message?: string };
  return code ?? message ?? String(cause);
}
