import { clone, type MessageInitShape } from "@bufbuild/protobuf";
import type { TaskTriggersSummarySchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import {
  type TriggerDetailsSchema,
  type TriggerRevisionSchema,
  type TriggerSchema,
  type TriggerSpec,
  TriggerSpecSchema,
} from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import { type NewerTriggerSpec, newer } from "../newer-fields.ts";
import { inputsFile } from "../services/uploaded-inputs.ts";
import { timestampOf } from "../store/time.ts";
import type { TriggerKey, TriggerRevisionRow, TriggerRow, TriggerTimes } from "../store/trigger-rows.ts";

export function triggerDetailsOf(row: TriggerRow): MessageInitShape<typeof TriggerDetailsSchema> {
  return {
    id: idOf(row.key, row.revision),
    spec: readableSpec(row.spec),
    status: statusOf(row),
    automationSpec: row.automation,
  };
}

/** Python's client, which lays the arguments of a firing over the trigger's inputs, reads them at the very URI. */
function readableSpec(spec: TriggerSpec): TriggerSpec {
  const { offloadedInputData } = newer<NewerTriggerSpec>(spec);
  if (!offloadedInputData) return spec;
  const readable = clone(TriggerSpecSchema, spec);
  const uri = inputsFile(offloadedInputData.uri);
  newer<NewerTriggerSpec>(readable).offloadedInputData = { ...offloadedInputData, uri };
  return readable;
}

export function triggerOf(row: TriggerRow): MessageInitShape<typeof TriggerSchema> {
  const { key, revision, active, automation } = row;
  return { id: idOf(key, revision), status: statusOf(row), active, automationSpec: automation };
}

export function revisionDetailsOf(
  key: TriggerKey,
  row: TriggerRevisionRow,
): MessageInitShape<typeof TriggerDetailsSchema> {
  const { revision, spec, automation } = row;
  return { id: idOf(key, revision), spec, status: statusOf(row), automationSpec: automation };
}

export function revisionOf(key: TriggerKey, row: TriggerRevisionRow): MessageInitShape<typeof TriggerRevisionSchema> {
  const { revision, action, created_at } = row;
  return { id: idOf(key, revision), status: statusOf(row), action, createdAt: timestampOf(created_at) };
}

/** What a list of tasks shows of a task's triggers: the one there is, or how many there are. */
export function triggersSummaryOf(
  rows: readonly TriggerRow[],
): MessageInitShape<typeof TaskTriggersSummarySchema> | undefined {
  const [first] = rows;
  if (!first) return undefined;
  if (rows.length === 1) {
    const { key, active, automation } = first;
    return { summary: { case: "details", value: { name: key.name, active, automationSpec: automation } } };
  }
  const active = rows.filter((row) => row.active).length;
  return { summary: { case: "stats", value: { total: rows.length, active } } };
}

function idOf({ project, domain, taskName, name }: TriggerKey, revision: number) {
  return { name: { project, domain, taskName, name }, revision: BigInt(revision) };
}

function statusOf({ deployed_at, updated_at, triggered_at, deleted_at }: TriggerTimes) {
  return {
    deployedAt: timestampOf(deployed_at),
    updatedAt: timestampOf(updated_at),
    ...(triggered_at !== null && { triggeredAt: timestampOf(triggered_at) }),
    ...(deleted_at !== null && { deletedAt: timestampOf(deleted_at) }),
  };
}
