import { create } from "@bufbuild/protobuf";
import type { TaskSpec, TaskTrigger } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { TriggerSpecSchema } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import { type NewerTriggerSpec, newer } from "../newer-fields.ts";
import type { TaskKey } from "../store/tasks.ts";
import { nowMicros } from "../store/time.ts";
import type { TriggerRow } from "../store/trigger-rows.ts";
import type { TriggerStore } from "../store/triggers.ts";
import { deployTrigger } from "./deploy-trigger.ts";

/**
 * Triggers that come with a task take the place of all it has; no triggers leave those it has, as on a real plane. To be
 * called in a transaction. Returns what has changed. Throws as {@link deployTrigger} does.
 */
export function deployEmbedded(
  embedded: readonly TaskTrigger[],
  { project, domain, name: taskName, version }: TaskKey,
  task: TaskSpec,
  triggers: TriggerStore,
  dir: string,
): TriggerRow[] {
  if (embedded.length === 0) return [];
  const names = new Set(embedded.map(({ name }) => name));
  const dropped = triggers.ofTask(project, domain, taskName).filter(({ key }) => !names.has(key.name));
  for (const row of dropped) triggers.delete(row, nowMicros());
  const deployed = embedded.map(({ name, spec: sent, automationSpec }) => {
    const { active = false, inputs, runSpec, description = "" } = sent ?? {};
    const spec = create(TriggerSpecSchema, {
      ...{ active, description, taskVersion: version },
      ...(inputs && { inputs }),
      ...(runSpec && { runSpec }),
    });
    const offloaded = sent && newer<NewerTriggerSpec>(sent).offloadedInputData;
    if (offloaded) newer<NewerTriggerSpec>(spec).offloadedInputData = offloaded;
    const key = { project, domain, taskName, name };
    return deployTrigger({ key, spec, automation: automationSpec, task }, triggers, dir);
  });
  return [...dropped, ...deployed];
}
