import { FixedRateUnit, type TriggerAutomationSpec } from "@flyte-webhook/idl/flyteidl2/task/common";
import { LIVE } from "../store/trigger-rows.ts";
import type { TriggerStore } from "../store/triggers.ts";
import type { Scope, TriggersState } from "./live-state.ts";
import { msOrNull } from "./phase-name.ts";

const MAX_TRIGGERS = 1000;

/** Reads the triggers of a project and domain. */
export function triggersReader(store: TriggerStore): (scope: Scope) => TriggersState {
  return ({ project, domain }) => {
    const where = [LIVE, { sql: "project = ? AND domain = ?", params: [project, domain] }];
    const rows = store.list({ where, order: "active DESC, name, task_name", limit: MAX_TRIGGERS, offset: 0 });
    return {
      triggers: rows.map(({ key, spec, active, automation, next_at, triggered_at }) => ({
        project,
        domain,
        name: key.name,
        task: key.taskName,
        version: spec.taskVersion,
        active,
        schedule: scheduleText(automation),
        nextMs: msOrNull(next_at),
        lastMs: msOrNull(triggered_at),
      })),
    };
  };
}

/** `0 3 * * * (Europe/Berlin)`, `every 5 minutes`; empty for what is fired by hand. */
export function scheduleText({ automation }: TriggerAutomationSpec): string {
  if (automation.case !== "schedule") return "";
  const { expression } = automation.value;
  switch (expression.case) {
    case "cron":
      return `${expression.value.expression} (${expression.value.timezone || "UTC"})`;
    case "cronExpression":
      return `${expression.value} (UTC)`;
    case "rate": {
      const { value, unit } = expression.value;
      const name = (FixedRateUnit[unit] ?? "").toLowerCase();
      return value === 1 ? `every ${name}` : `every ${value} ${name}s`;
    }
    default:
      return "";
  }
}
