import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TaskTriggersSummarySchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import type {
  TriggerDetailsSchema,
  TriggerRevisionSchema,
  TriggerSchema,
} from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import { timestampOf } from "../store/time.ts";
import type { TriggerKey, TriggerRevisionRow, TriggerRow, TriggerTimes } from "../store/trigger-rows.ts";

export function triggerDetailsOf(row: TriggerRow): MessageInitShape<typeof TriggerDetailsSchema> {
  return {
    id: idOf(row.key, row.revision),
    spec: row.spec,
    status: statusOf(row),
    automationSpec: row.automation,
  };
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
