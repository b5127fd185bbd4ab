import type { TriggerDetails } from "@flyte-webhook/client";
import { argument, type CommandGroup, defineCommand, integer } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { fields, table } from "../output.ts";
import { triggerOf } from "../place.ts";
import { describeAutomation } from "../schedule.ts";
import { isoTime } from "../times.ts";

const TRIGGER = argument("<trigger>", "task_name/trigger_name");

const list = defineCommand({
  name: "list",
  summary: "list the triggers of a project",
  plane: true,
  json: "print a JSON list",
  options: { limit: integer("--limit <n>", "how many at most", { fallback: 100, min: 1 }) },
  async run({ limit }, context) {
    const plane = await context.plane();
    const rows = (await plane.triggers.list({ limit })).map(({ id, active, automationSpec, status }) => ({
      name: id?.name?.name ?? "",
      task: id?.name?.taskName ?? "",
      active,
      automation: describeAutomation(automationSpec),
      triggeredAt: isoTime(status?.triggeredAt),
    }));
    context.print(rows, () =>
      table(
        rows.map(({ name, task, active, automation }) => [
          `${task}/${name}`,
          active ? "active" : "inactive",
          automation,
        ]),
        context.tableOf("TRIGGER", "STATE", "FIRES"),
      ),
    );
  },
});

const get = defineCommand({
  name: "get",
  summary: "show a trigger",
  plane: true,
  json: "print it as JSON",
  arguments: { trigger: TRIGGER },
  async run({ trigger }, context) {
    show(await (await context.plane()).triggers.get(triggerOf(trigger)), context);
  },
});

const activate = defineCommand({
  name: "activate",
  summary: "switch a trigger on",
  plane: true,
  json: "print the trigger as JSON",
  arguments: { trigger: TRIGGER },
  async run({ trigger }, context) {
    show(await (await context.plane()).triggers.setActive(triggerOf(trigger), true), context);
  },
});

const deactivate = defineCommand({
  name: "deactivate",
  summary: "switch a trigger off",
  plane: true,
  json: "print the trigger as JSON",
  arguments: { trigger: TRIGGER },
  async run({ trigger }, context) {
    show(await (await context.plane()).triggers.setActive(triggerOf(trigger), false), context);
  },
});

function show({ id, spec, status, automationSpec }: TriggerDetails, { paint, print }: CommandContext): void {
  const data = {
    name: id?.name?.name ?? "",
    task: id?.name?.taskName ?? "",
    project: id?.name?.project ?? "",
    domain: id?.name?.domain ?? "",
    active: spec?.active ?? false,
    revision: id?.revision ?? 0n,
    taskVersion: spec?.taskVersion ?? "",
    automation: describeAutomation(automationSpec),
    description: spec?.description ?? "",
    deployedAt: isoTime(status?.deployedAt),
    updatedAt: isoTime(status?.updatedAt),
    triggeredAt: isoTime(status?.triggeredAt),
  };
  print(data, () =>
    fields(
      [
        ["trigger", `${data.task}/${data.name}`],
        ["state", data.active ? "active" : "inactive"],
        ["fires", data.automation],
        ["version", data.taskVersion],
        ["description", data.description],
        ["deployed", data.deployedAt ?? ""],
        ["fired last", data.triggeredAt ?? ""],
      ],
      paint,
    ),
  );
}

export const triggers: CommandGroup = {
  name: "triggers",
  summary: "see and switch triggers",
  commands: [list, get, activate, deactivate],
};
