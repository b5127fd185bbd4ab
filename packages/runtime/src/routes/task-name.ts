import type { TaskName } from "@flyte-webhook/client/tasks";
import type { Parameters } from "../request/parameters.ts";

/** The task that a path `…/{domain}/{project}/{name}` names. */
export function taskName(parameters: Parameters): TaskName {
  return {
    domain: String(parameters.domain),
    project: String(parameters.project),
    name: String(parameters.name),
  };
}
