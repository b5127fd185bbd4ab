import { equals } from "@bufbuild/protobuf";
import {
  FixedRateUnit,
  type TriggerAutomationSpec,
  TriggerAutomationSpecSchema,
} from "@flyte-webhook/idl/flyteidl2/task/common";
import { rpcError } from "../rpc-error.ts";
import { microsOf } from "../store/time.ts";
import { cronTimes } from "./cron.ts";
import { everyMicros, type Schedule } from "./times.ts";

const SECONDS: Partial<Record<FixedRateUnit, number>> = {
  [FixedRateUnit.MINUTE]: 60,
  [FixedRateUnit.HOUR]: 3600,
  [FixedRateUnit.DAY]: 86_400,
};

/**
 * The schedule of an automation; undefined for a trigger that is fired by hand. Throws `invalid_argument` naming the
 * trigger for what is no schedule: a bad cron expression or time zone, and what a real plane takes and never fires (no
 * expression at all, a rate without a unit or of 0).
 */
export function scheduleOf(trigger: string, { automation }: TriggerAutomationSpec): Schedule | undefined {
  if (automation.case !== "schedule") return undefined;
  const invalid = (problem: string) => rpcError.invalidArgument(`trigger ${JSON.stringify(trigger)} has ${problem}`);
  const { expression } = automation.value;
  switch (expression.case) {
    case "cron":
    case "cronExpression": {
      const cron = expression.case === "cron" ? expression.value : { expression: expression.value, timezone: "" };
      const parsed = cronTimes(cron.expression, cron.timezone);
      if ("problem" in parsed) throw invalid(`invalid cron expression: ${parsed.problem}`);
      return parsed;
    }
    case "rate": {
      const { value, unit, startTime } = expression.value;
      const seconds = value * (SECONDS[unit] ?? 0);
      if (seconds === 0) {
        throw invalid("an invalid rate: it takes a value above 0 and the unit MINUTE, HOUR or DAY");
      }
      return everyMicros(seconds * 1e6, startTime && microsOf(startTime));
    }
    default:
      throw invalid("a schedule without a cron expression or a rate");
  }
}

/** The task's input that is given the time of the schedule; empty for none. */
export function kickoffInput({ automation }: TriggerAutomationSpec): string {
  return automation.case === "schedule" ? automation.value.kickoffTimeInputArg : "";
}

/** Whether a trigger that is deployed again keeps its place in its schedule. */
export function sameSchedule(a: TriggerAutomationSpec, b: TriggerAutomationSpec): boolean {
  return equals(TriggerAutomationSpecSchema, a, b);
}
