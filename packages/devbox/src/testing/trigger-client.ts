import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TypedInterfaceSchema, VariableEntrySchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import type { TriggerSpecSchema } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import { TriggerService } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_service";
import type { Run } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { Devbox } from "../devbox.ts";
import { devboxClient } from "./devbox-client.ts";
import { sleepTask } from "./shell-task.ts";

/** A task that sleeps for no time, with an input for the time that fires it. */
function timedTask() {
  const type = { type: { case: "simple", value: SimpleType.DATETIME } } as const;
  const when = create(VariableEntrySchema, { key: "when", value: { type } });
  const task = create(TaskSpecSchema, sleepTask(0));
  if (task.taskTemplate) task.taskTemplate.interface = create(TypedInterfaceSchema, { inputs: { variables: [when] } });
  return task;
}

export interface DeployOptions {
  readonly cron: string;
  readonly active?: boolean;
  readonly kickoff?: string;
  readonly spec?: MessageInitShape<typeof TriggerSpecSchema>;
}

/** What tests of triggers ask of a devbox; every trigger is one of the task `test.sleep`. */
export function triggerClient(devbox: Pick<Devbox, "endpoint">) {
  const client = devboxClient(devbox);
  const { scope } = client;
  const transport = createConnectTransport({ baseUrl: devbox.endpoint, httpVersion: "1.1" });
  const triggers = createClient(TriggerService, transport);
  const nameOf = (name: string) => ({ ...scope, taskName: "test.sleep", name });
  return {
    ...client,
    triggers,
    nameOf,
    deployTask: () =>
      client.tasks.deployTask({ taskId: { ...scope, name: "test.sleep", version: "1" }, spec: timedTask() }),
    deploy: (name: string, { cron, active = true, kickoff = "", spec = {} }: DeployOptions) =>
      triggers.deployTrigger({
        name: nameOf(name),
        spec: { ...spec, active, taskVersion: "1" },
        automationSpec: {
          automation: {
            case: "schedule",
            value: { expression: { case: "cron", value: { expression: cron } }, kickoffTimeInputArg: kickoff },
          },
        },
      }),
    runsOf: async (name: string): Promise<Run[]> =>
      (await client.runs.listRuns({ scopeBy: { case: "triggerName", value: nameOf(name) }, request: { limit: 200 } }))
        .runs,
  };
}
