/** What the webhook of an App serves: it is booted in memory from the spec in the App's own program. */
import { createRouterTransport } from "@connectrpc/connect";
import { createConnection } from "@flyte-webhook/client";
import { ENDPOINTS } from "@flyte-webhook/core";
import type { App } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { createWebhookApp, specFromArguments } from "@flyte-webhook/runtime";
import { FlyteWebhookAppEnvironment, toApp } from "@flyte-webhook/sdk";

export interface Service {
  /** `METHOD path` of the endpoints that answer and that the OpenAPI document has. */
  readonly served: readonly string[];
  readonly documented: readonly string[];
  readonly info: Readonly<Record<string, string>>;
}

/** `METHOD path` of every endpoint that the runtime has, so that one missing elsewhere is known for a defect. */
export async function builtRoutes(): Promise<readonly string[]> {
  const all = new FlyteWebhookAppEnvironment({ name: "all" });
  return (await bootService(toApp(all, { project: "p", domain: "d" }))).served;
}

export async function bootService(app: App): Promise<Service> {
  const words = programOf(app);
  const spec = specFromArguments(words.slice(words.indexOf("--spec")).slice(0, 2));
  const connection = createConnection({
    endpoint: "http://control-plane.invalid",
    transport: createRouterTransport(() => {}),
  });
  const webhook = createWebhookApp(spec, { connection });
  const document = (await (await webhook.request("/openapi.json")).json()) as {
    info: Record<string, string>;
    paths: Record<string, Record<string, unknown>>;
  };
  const served: string[] = [];
  for (const { method, path } of ENDPOINTS) {
    const url = path.replace(/\{\w+\}/g, "x");
    const body =
      method === "POST"
        ? { body: "{}", headers: { ...BEARER, "content-type": "application/json" } }
        : { headers: BEARER };
    const answer = await webhook.request(url, { method, ...body });
    const text = await answer.text();
    if (answer.status !== 405 && !(answer.status === 404 && text.includes('"Not Found"')))
      served.push(`${method} ${path}`);
  }
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  return { served, documented, info: document.info };
}

const BEARER = { authorization: "Bearer token" };

function programOf({ spec }: App): string[] {
  const payload = spec?.appPayload;
  if (payload?.case === "container") return [...payload.value.command, ...payload.value.args];
  const { containers = [] } = (payload?.value?.podSpec ?? {}) as {
    containers?: { name: string; command?: string[] }[];
  };
  return containers.find(({ name }) => name === "app")?.command ?? [];
}
