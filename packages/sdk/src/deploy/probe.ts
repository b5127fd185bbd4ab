import { endpointDefinition } from "@flyte-webhook/core";
import type { AppEnvironment } from "../environment/app-environment.ts";
import { FlyteWebhookAppEnvironment } from "../environment/flyte-webhook-app-environment.ts";

/** Milliseconds that one request takes at most; a replica may have to be woken. */
const REQUEST_MS = 10_000;

/**
 * Asks an app at its public address whether it serves. Answers why it does not, or undefined when it does. No credentials
 * are sent: where the platform's ingress asks for them, its refusal is all that can be seen and is taken for an answer.
 */
export async function probe(
  environment: AppEnvironment,
  endpoint: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const base = endpoint.replace(/\/+$/, "");
  try {
    if (!(environment instanceof FlyteWebhookAppEnvironment)) {
      const { status } = await get(`${base}/`, signal);
      return status >= 500 ? `/ answers ${status}` : undefined;
    }
    const { requiresAuth } = environment.resolved;
    const isGuarded = (status: number) => requiresAuth && (status === 401 || status === 403 || isRedirect(status));
    if (environment.endpoints.includes("health")) {
      const { status, body } = await get(`${base}/health`, signal);
      if (isGuarded(status)) return undefined;
      if (status !== 200 || readStatus(body) !== "healthy") return `/health answers ${status}`;
    }
    const { status, body } = await get(`${base}/openapi.json`, signal);
    if (isGuarded(status)) return undefined;
    return status === 200 ? compareEndpoints(environment, body) : `/openapi.json answers ${status}`;
  } catch (error) {
    signal.throwIfAborted();
    return `${base} does not answer: ${rootMessage(error)}`;
  }
}

/** The document has the endpoints of this declaration and no other; else an earlier one is still being served. */
function compareEndpoints(environment: FlyteWebhookAppEnvironment, body: unknown): string | undefined {
  const paths = (body as { paths?: Record<string, object> } | null)?.paths ?? {};
  const served = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const declared = environment.endpoints.map(endpointDefinition).map(({ method, path }) => `${method} ${path}`);
  const foreign = served.filter((one) => !declared.includes(one));
  if (foreign.length > 0) return `another service answers, it has ${foreign[0]}`;
  return served.length === 0 ? "none of the declared endpoints is served" : undefined;
}

async function get(url: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: unknown }> {
  // Not needed before something is served, and slow to load.
  const { ofetch } = await import("ofetch");
  const response = await ofetch.raw(url, {
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
