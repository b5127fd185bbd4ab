import type { TriggerDetails } from "@flyte-webhook/client";

/** Names of the units of a fixed rate, by their number. */
const UNITS = ["unit", "minute", "hour", "day"] as const;

/** When a trigger fires, in words: `cron 0 6 * * * (Europe/Berlin)`, `every 2 hours`. */
export function describeAutomation(spec: TriggerDetails["automationSpec"]): string {
  const automation = spec?.automation;
  if (automation?.case !== "schedule") return automation?.case ?? "";
  const { expression } = automation.value;
  switch (expression.case) {
    case "cron": {
      const { expression: cron, timezone } = expression.value;
      return `cron ${cron}${timezone ? ` (${timezone})` : ""}`;
    }
    case "cronExpression":
      return `cron ${expression.value}`;
    case "rate": {
      const { value, unit } = expression.value;
      return `every ${value} ${UNITS[unit] ?? "unit"}${value === 1 ? "" : "s"}`;
    }
    default:
      return "";
  }
}
