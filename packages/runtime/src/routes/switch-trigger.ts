import { type TriggerDetails, Triggers } from "@flyte-webhook/client/triggers";
import { FixedRateUnit } from "@flyte-webhook/idl/flyteidl2/task/common";
import type { Answers } from "../openapi/answers.ts";
import type { Route } from "./route.ts";

/** Switches a trigger on or off; the answer is its state afterwards, not an echo of the request. */
const switchTrigger =
  (active: boolean): Route<"activate_trigger"> & Route<"deactivate_trigger"> =>
  async ({ connection }, { call, parameters }) => {
    const { task_name, trigger_name, project, domain } = parameters as Record<string, string | undefined>;
    const [taskName, name] = [String(task_name), String(trigger_name)];
    const details = await new Triggers(connection).setActive({ name, taskName, project, domain }, active, call());
    const schedule = scheduleOf(details);
    return {
      body: {
        task_name: taskName,
        trigger_name: name,
        active: details.spec?.active ?? false,
        revision: details.id?.revision ?? 0n,
        ...(details.spec?.taskVersion && { task_version: details.spec.taskVersion }),
        ...(schedule && { schedule }),
      },
    };
  };

export const activateTrigger = switchTrigger(true);
export const deactivateTrigger = switchTrigger(false);

const UNITS = {
  [FixedRateUnit.UNSPECIFIED]: "unspecified",
  [FixedRateUnit.MINUTE]: "minute",
  [FixedRateUnit.HOUR]: "hour",
  [FixedRateUnit.DAY]: "day",
} as const;

function scheduleOf({ automationSpec }: TriggerDetails): Answers["activate_trigger"]["schedule"] {
  const expression =
    automationSpec?.automation.case === "schedule" ? automationSpec.automation.value.expression : undefined;
  switch (expression?.case) {
    case "cron": {
      const { expression: cron, timezone } = expression.value;
      return { cron, ...(timezone && { timezone }) };
    }
    case "cronExpression":
      return { cron: expression.value };
    case "rate":
      return { every: expression.value.value, unit: UNITS[expression.value.unit] ?? "unspecified" };
    default:
      return undefined;
  }
}
