import { rpcError } from "../rpc-error.ts";
import type { TaskKey } from "../store/tasks.ts";
import type { TriggerKey } from "../store/trigger-rows.ts";

export function taskNotFound({ project, domain, name, version }: TaskKey) {
  return rpcError.notFound(`task not found: {${project} ${domain} ${name} ${version}}`);
}

export function triggerNotFound({ project, domain, taskName, name }: TriggerKey) {
  return rpcError.notFound(`trigger not found: ${project}/${domain}/${taskName}/${name}`);
}
