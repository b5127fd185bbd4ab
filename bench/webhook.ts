/** The webhook's program as it is deployed: its bundle and a spec, started by the command of its image. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { ENDPOINTS, WEBHOOK_COMMAND, WEBHOOK_SPEC_VERSION, type WebhookSpec } from "@flyte-webhook/core";
import { RUN } from "./control-plane.ts";
import type { ServerOptions } from "./server-process.ts";

const PROGRAM = fileURLToPath(new URL("../packages/runtime/dist/webhook.mjs", import.meta.url));

/** Every endpoint, no allow-list: what a declaration without options serves. */
const SPEC: WebhookSpec = {
  version: WEBHOOK_SPEC_VERSION,
  name: "bench-webhook",
  title: "bench-webhook",
  description: "",
  endpoints: ENDPOINTS.map((endpoint) => endpoint.id),
  requiresAuth: true,
  port: 8080,
  org: "",
  project: RUN.project,
  domain: RUN.domain,
};

export function webhook(controlPlane: string, env: Record<string, string> = {}): ServerOptions {
  return {
    flags: WEBHOOK_COMMAND.slice(1, -1),
    program: PROGRAM,
    args: ["--spec", gzipSync(JSON.stringify(SPEC)).toString("base64url")],
    env: { _U_EP_OVERRIDE: controlPlane, ...env },
  };
}
