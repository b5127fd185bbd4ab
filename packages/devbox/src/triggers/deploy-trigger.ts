import { clone, create } from "@bufbuild/protobuf";
import {
  type TriggerAutomationSpec,
  TriggerAutomationSpecSchema,
  TriggerAutomationSpecType,
} from "@flyte-webhook/idl/flyteidl2/task/common";
import type { TaskSpec } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import type { TriggerSpec } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import { type NewerTriggerSpec, newer } from "../newer-fields.ts";
import { rpcError } from "../rpc-error.ts";
import { checkInputs } from "../services/check-inputs.ts";
import { inputsFile, uploadedInputs } from "../services/uploaded-inputs.ts";
import { nowMicros } from "../store/time.ts";
import type { TriggerKey, TriggerRow } from "../store/trigger-rows.ts";
import type { TriggerStore } from "../store/triggers.ts";
import { sameSchedule, scheduleOf } from "./schedule.ts";

export interface TriggerDeployment {
  readonly key: TriggerKey;
  readonly spec: TriggerSpec;
  readonly automation: TriggerAutomationSpec | undefined;
  /** The revision that is to be replaced; 0 for whichever there is. */
  readonly revision?: bigint;
  /** What it will run. */
  readonly task: TaskSpec;
}

/**
 * Writes a trigger, in the transaction of the caller. Throws `invalid_argument` for a schedule that is none and for
 * inputs that the task does not take, `failed_precondition` when the revision is not the present one.
 */
export function deployTrigger(deployment: TriggerDeployment, triggers: TriggerStore, dir: string): TriggerRow {
  const { key, spec, task, revision = 0n } = deployment;
  const automation = withType(deployment.automation);
  const schedule = scheduleOf(key.name, automation);
  checkTriggerInputs(spec, task, dir);
  const before = triggers.find(key);
  // A revision that is given for a trigger that is new means nothing, as on a real plane.
  if (before && revision !== 0n && revision !== BigInt(before.revision)) {
    throw rpcError.failedPrecondition(
      `revision ${revision} of the trigger ${JSON.stringify(key.name)} is not the present one, ${before.revision}: it was ` +
        "changed meanwhile; get it again",
    );
  }
  const kept = before?.next_at != null && sameSchedule(before.automation, automation) ? before.next_at : undefined;
  const nextAt = spec.active && schedule ? (kept ?? schedule.after(Date.now() * 1000)) : null;
  return triggers.deploy(key, { spec, automation, at: nowMicros(), nextAt });
}

/** The type follows from what there is, whatever was sent; there are no triggers by artifact on an open-source plane. */
function withType(sent: TriggerAutomationSpec | undefined): TriggerAutomationSpec {
  const automation = sent ? clone(TriggerAutomationSpecSchema, sent) : create(TriggerAutomationSpecSchema);
  const { TYPE_SCHEDULE, TYPE_NONE } = TriggerAutomationSpecType;
  automation.type = automation.automation.case === "schedule" ? TYPE_SCHEDULE : TYPE_NONE;
  return automation;
}

/** What no run could begin with is refused now: a schedule has no one to tell. */
function checkTriggerInputs(spec: TriggerSpec, task: TaskSpec, dir: string): void {
  const { offloadedInputData } = newer<NewerTriggerSpec>(spec);
  const inputs = offloadedInputData ? uploadedInputs(inputsFile(offloadedInputData.uri), dir) : spec.inputs;
  checkInputs(inputs?.literals ?? [], task.taskTemplate?.interface);
}
