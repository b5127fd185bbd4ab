import { WEBHOOK_SPEC_VERSION, type WebhookSpec } from "@flyte-webhook/core";
import type { FlyteWebhookAppEnvironment } from "../environment/flyte-webhook-app-environment.ts";
import type { AppContext } from "./app-context.ts";

const DEFAULT_DESCRIPTION = "A webhook service for Flyte operations";

/** What a webhook's container boots from when it is deployed to a place. */
export function toWebhookSpec(environment: FlyteWebhookAppEnvironment, context: AppContext): WebhookSpec {
  const { resolved, name } = environment;
  const { taskAllowlist, appAllowlist, triggerAllowlist, hfTokenKeys, limits } = resolved;
  return {
    version: WEBHOOK_SPEC_VERSION,
    name,
    title: resolved.title || `Flyte Webhook: ${name}`,
    description: resolved.description || DEFAULT_DESCRIPTION,
    endpoints: [...environment.endpoints],
    ...(taskAllowlist && { taskAllowlist: [...taskAllowlist] }),
    ...(appAllowlist && { appAllowlist: [...appAllowlist] }),
    ...(triggerAllowlist && { triggerAllowlist: [...triggerAllowlist] }),
    ...(hfTokenKeys && { hfTokenKeys: [...hfTokenKeys] }),
    ...(limits && Object.keys(limits).length > 0 && { limits: { ...limits } }),
    requiresAuth: resolved.requiresAuth,
    port: resolved.port.port,
    org: context.org ?? "",
    project: context.project,
    domain: context.domain,
    ...(context.consoleUrl !== undefined && { consoleUrl: context.consoleUrl }),
  };
}
