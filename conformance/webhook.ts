/** Webhooks in front of the control plane under test, on loopback. */
import { setTimeout as sleep } from "node:timers/promises";
import { createConnection } from "@flyte-webhook/client/connection";
import { ENDPOINT_IDS, WEBHOOK_SPEC_VERSION, type WebhookSpec } from "@flyte-webhook/core";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { createWebhookApp, serve } from "@flyte-webhook/runtime";

export interface PlaneOptions {
  /** Address of the control plane. */
  readonly controlPlane: string;
  /** Sent with every call; without one, calls carry a cookie that means nothing, for a plane without authentication. */
  readonly apiKey?: string | undefined;
  readonly project: string;
  readonly domain: string;
  /** PEM text of the authority of its certificate, where that is not a known one. */
  readonly ca?: string | undefined;
}

/** Sleeps for a `duration`; every control plane can run it without an image. */
export const SLEEP_TASK = "conformance.sleep";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each case asserts the shape of its own answer.
  readonly body: any;
}

export interface Webhook {
  readonly options: PlaneOptions;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `POST /path` or `GET /path` with the caller's credentials. */
  call(request: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The same without credentials. */
  anonymous(request: string): Promise<Answer>;
  close(): Promise<void>;
}

export const WEBHOOK_NAME = "conformance-webhook";

export async function startWebhook(options: PlaneOptions, spec: Partial<WebhookSpec> = {}): Promise<Webhook> {
  const { controlPlane, apiKey, project, domain, ca } = options;
  const connection = createConnection({ endpoint: controlPlane, project, domain, ca });
  const app = createWebhookApp(
    {
      version: WEBHOOK_SPEC_VERSION,
      name: WEBHOOK_NAME,
      title: WEBHOOK_NAME,
      description: "",
      endpoints: [...ENDPOINT_IDS],
      requiresAuth: true,
      port: 0,
      org: "",
      project,
      domain,
      ...spec,
    },
    { connection },
  );
  const serving = await serve(app, { port: 0, hostname: "127.0.0.1" });
  const origin = `http://127.0.0.1:${serving.port}`;
  const credentials: Record<string, string> = apiKey
    ? { authorization: `Bearer ${apiKey}` }
    : { cookie: "conformance=anonymous", "sec-fetch-site": "same-origin" };

  async function send(request: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    const [method = "", path = ""] = request.split(" ");
    const response = await fetch(`${origin}${path}`, {
      method,
      redirect: "manual",
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: json };
  }

  return {
    options,
    origin,
    call: (request, body, headers) => send(request, body, { ...credentials, ...headers }),
    anonymous: (request) => send(request, undefined, {}),
    async close() {
      await serving.drain(0);
      await connection.close();
    },
  };
}

/** Milliseconds that a task of no time may take; a cluster starts a pod for it. */
const RUN_MS = 300_000;

/** Reads a run through the webhook until it has ended; what it is then. */
export async function untilDone(webhook: Webhook, name: string): Promise<Answer["body"]> {
  for (const deadline = Date.now() + RUN_MS; Date.now() < deadline; await sleep(100)) {
    const { status, body } = await webhook.call(`GET /run/${name}`);
    if (status !== 200) throw new Error(`GET /run/${name} answered ${status} ${JSON.stringify(body)}`);
    if (body.done) return body;
  }
  throw new Error(`run ${name} did not end within ${RUN_MS / 1000} s`);
}

/** Deploys the task that the cases run, unless an earlier run has. */
export async function deploySleepTask({ controlPlane, apiKey, project, domain }: PlaneOptions): Promise<void> {
  const connection = createConnection({ endpoint: controlPlane, apiKey, project, domain });
  const id = { project, domain, name: SLEEP_TASK, version: "1" };
  try {
    await connection.unary(TaskService.method.deployTask, {
      taskId: id,
      spec: {
        shortName: "sleep",
        environment: { name: "conformance" },
        taskTemplate: {
          id: { resourceType: 1, ...id },
          type: "core-sleep",
          metadata: { runtime: { type: 1, version: "2.4.0" } },
          interface: {
            inputs: { variables: [{ key: "duration", value: { type: { type: { case: "simple", value: 6 } } } }] },
          },
        },
      },
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "already_exists") throw error;
  } finally {
    await connection.close();
  }
}
