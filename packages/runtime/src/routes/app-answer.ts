import {
  DeploymentStatus,
  deploymentStatus,
  isActive,
  isDeactivated,
  publicUrl,
} from "@flyte-webhook/client/app-status";
import type { App, AppName } from "@flyte-webhook/client/apps";
import { appUrl } from "@flyte-webhook/client/console-url";
import type { Answers } from "../openapi/answers.ts";
import type { Parameters } from "../request/parameters.ts";
import type { Webhook } from "../webhook.ts";

/** The app that a request names; project and domain are the webhook's own when empty. */
export function appName(parameters: Parameters): AppName {
  const { name, project, domain } = parameters as Record<string, string | undefined>;
  return { name: String(name), project, domain };
}

export function appAnswer({ connection, spec }: Webhook, app: App): { body: Answers["get_app"] } {
  const id = app.metadata?.id;
  const name = id?.name ?? "";
  const message = app.status?.conditions.at(-1)?.message;
  return {
    body: {
      name,
      revision: app.metadata?.revision ?? 0n,
      endpoint: publicUrl(app),
      is_active: isActive(app),
      is_deactivated: isDeactivated(app),
      url: appUrl(connection.consoleUrl, {
        name,
        project: id?.project ?? spec.project,
        domain: id?.domain ?? spec.domain,
      }),
      status: (DeploymentStatus[deploymentStatus(app)] ?? "unknown").toLowerCase(),
      ...(message && { message }),
    },
  };
}
