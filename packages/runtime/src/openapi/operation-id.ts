import type { EndpointDefinition } from "@flyte-webhook/core";

/** Names of the Python functions behind the endpoints, where they are not the endpoints' ids. */
const FUNCTION_NAMES: Readonly<Record<string, string>> = {
  health: "health_check",
  me: "get_current_user",
  get_task: "get_task_metadata",
  get_app: "get_app_status",
  call_app: "call_app_endpoint",
  get_prefetch_hf_model: "get_prefetch_hf_model_status",
};

/** The operation's id in the Python webhook's document, so that a client generated from it keeps its method names. */
export function operationId({ id, path, method }: EndpointDefinition): string {
  return `${`${FUNCTION_NAMES[id] ?? id}${path}`.replace(/\W/g, "_")}_${method.toLowerCase()}`;
}
