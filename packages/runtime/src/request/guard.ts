import {
  allowsApp,
  allowsTask,
  allowsTrigger,
  type EndpointDefinition,
  FlyteWebhookError,
  type WebhookSpec,
} from "@flyte-webhook/core";
import type { Parameters } from "./parameters.ts";

/**
 * Self-reference first, then the allow-list of the endpoint. Runs are guarded where they are read.
 * Throws `self_reference`, `not_allowed`.
 */
export function guard(spec: WebhookSpec, endpoint: EndpointDefinition, parameters: Parameters): void {
  const value = (name: string): string => String(parameters[name] ?? "");
  const placed = (name: "project" | "domain"): string => value(name) || spec[name];
  if (endpoint.selfVerb !== undefined && isSelf(spec, parameters)) {
    throw new FlyteWebhookError("self_reference", `Cannot ${endpoint.selfVerb} self`);
  }
  const refuse = (what: string) => new FlyteWebhookError("not_allowed", `${what} is not in the allowlist`);
  switch (endpoint.guard) {
    case "task": {
      const task = { domain: value("domain"), project: value("project"), name: value("name") };
      if (!allowsTask(spec.taskAllowlist, task)) throw refuse(`Task ${task.domain}/${task.project}/${task.name}`);
      return;
    }
    case "app": {
      const app = { domain: placed("domain"), project: placed("project"), name: value("name") };
      if (!allowsApp(spec.appAllowlist, app)) throw refuse(`App ${app.name}`);
      return;
    }
    case "trigger": {
      const trigger = { taskName: value("task_name"), name: value("trigger_name") };
      if (!allowsTrigger(spec.triggerAllowlist, trigger)) throw refuse(`Trigger ${trigger.taskName}/${trigger.name}`);
      return;
    }
  }
}

/** The webhook itself is its name in its own project and domain; an app of that name elsewhere is another one. */
function isSelf(spec: WebhookSpec, { name, project, domain }: Parameters): boolean {
  return name === spec.name && (project || spec.project) === spec.project && (domain || spec.domain) === spec.domain;
}
