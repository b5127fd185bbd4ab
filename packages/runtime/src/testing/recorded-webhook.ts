import { create } from "@bufbuild/protobuf";
import { type ConnectRouter, createRouterTransport, type Transport } from "@connectrpc/connect";
import { createConnection } from "@flyte-webhook/client";
import { type Caller, callerKey } from "@flyte-webhook/client/caller";
import { ENDPOINT_IDS, type WebhookSpec } from "@flyte-webhook/core";
import { createWebhookApp, type WebhookApp, type WebhookDependencies } from "../webhook-app.ts";

/** One unary call as it was made. */
export interface RecordedCall {
  /** `Service/Method` without the package. */
  readonly rpc: string;
  readonly request: unknown;
  readonly caller: Caller | undefined;
}

export interface RecordedWebhook {
  readonly app: WebhookApp;
  readonly calls: RecordedCall[];
  /** The requests of one RPC, in order. */
  requestsOf(rpc: string): unknown[];
  request(method: string, path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
}

const SPEC: WebhookSpec = {
  version: 1,
  name: "hook",
  title: "Hook",
  description: "d",
  endpoints: [...ENDPOINT_IDS],
  requiresAuth: true,
  port: 8080,
  org: "acme",
  project: "p",
  domain: "d",
};

/** A webhook in memory over a control plane in memory that records every call. A request carries `Bearer t` by default. */
export function recordedWebhook(
  plane: (router: ConnectRouter) => void,
  options: { spec?: Partial<WebhookSpec>; endpoint?: string } & Partial<WebhookDependencies> = {},
): RecordedWebhook {
  const { spec, endpoint = "http://localhost:8090", ...dependencies } = options;
  const calls: RecordedCall[] = [];
  const memory = createRouterTransport(plane);
  const transport: Transport = {
    unary: (method, signal, timeoutMs, header, input, values) => {
      const rpc = `${method.parent.typeName.split(".").at(-1)}/${method.name}`;
      calls.push({ rpc, request: create(method.input, input), caller: values?.get(callerKey) });
      return memory.unary(method, signal, timeoutMs, header, input, values);
    },
    stream: memory.stream,
  };
  const full = { ...SPEC, ...spec };
  const { org, project, domain } = full;
  const connection = createConnection({ endpoint, org, project, domain, transport });
  const app = createWebhookApp(full, { limits: { callMs: 1000 }, ...dependencies, connection });
  return {
    app,
    calls,
    requestsOf: (rpc) => calls.filter((call) => call.rpc === rpc).map((call) => call.request),
    request: async (method, path, { json, ...init } = {}) =>
      app.request(path, {
        method,
        ...(json !== undefined && { body: JSON.stringify(json) }),
        ...init,
        headers: { authorization: "Bearer t", "content-type": "application/json", ...init.headers },
      }),
  };
}
