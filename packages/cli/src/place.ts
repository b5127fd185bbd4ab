import type { Scope } from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";

export interface Place {
  readonly domain: string;
  readonly project: string;
  readonly name: string;
}

/** `name`, `project/name` or `domain/project/name`, as allow-lists write it. Throws `invalid_request`. */
export function placeOf(text: string, { project, domain }: Pick<Scope, "project" | "domain">): Place {
  const parts = text.split("/");
  const [name = "", ownProject = project, ownDomain = domain] = parts.toReversed();
  if (parts.length <= 3 && parts.every((part) => part !== "")) return { name, project: ownProject, domain: ownDomain };
  throw new FlyteWebhookError("invalid_request", `${JSON.stringify(text)} is no name`, {
    hint: "Write name, project/name or domain/project/name.",
  });
}

/** `task/trigger`, as allow-lists write it. Throws `invalid_request`. */
export function triggerOf(text: string): { readonly taskName: string; readonly name: string } {
  const [taskName, name, ...rest] = text.split("/");
  if (taskName && name && rest.length === 0) return { taskName, name };
  throw new FlyteWebhookError("invalid_request", `${JSON.stringify(text)} is no trigger`, {
    hint: "Write task_name/trigger_name, as `flyte-webhook triggers list` prints it.",
  });
}
