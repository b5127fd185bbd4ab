import type { TaskDetails } from "@flyte-webhook/client";
import { argument, type CommandGroup, defineCommand, integer, text } from "../command.ts";
import { fields, table } from "../output.ts";
import { placeOf } from "../place.ts";
import { isoTime } from "../times.ts";

const list = defineCommand({
  name: "list",
  summary: "list the tasks of a project, the newest first",
  plane: true,
  json: "print a JSON list",
  options: { limit: integer("--limit <n>", "how many at most", { fallback: 100, min: 1 }) },
  async run({ limit }, context) {
    const plane = await context.plane();
    const rows = (await plane.tasks.list({ limit })).map(({ taskId, metadata }) => ({
      name: taskId?.name ?? "",
      project: taskId?.project ?? "",
      domain: taskId?.domain ?? "",
      version: taskId?.version ?? "",
      deployedAt: isoTime(metadata?.deployedAt),
      description: metadata?.shortDescription ?? "",
    }));
    context.print(rows, () =>
      table(
        rows.map(({ name, version, description }) => [name, version, description]),
        context.tableOf("NAME", "VERSION", "DESCRIPTION"),
      ),
    );
  },
});

const get = defineCommand({
  name: "get",
  summary: "show what a task is and takes",
  plane: true,
  json: "print it as JSON, inputs and outputs as JSON Schema",
  arguments: { name: argument("<name>", "name, project/name or domain/project/name") },
  options: { version: text("--version <version>", "the latest one when absent") },
  examples: ["tasks get example.my_task", "tasks get production/my-project/etl.load --json"],
  async run({ name, version }, context) {
    const plane = await context.plane();
    const details = await plane.tasks.get(placeOf(name, plane.connection.scope), version);
    const { jsonSchemaOf } = await import("@flyte-webhook/literals");
    const types = details.spec?.taskTemplate?.interface;
    const inputs = jsonSchemaOf(types?.inputs?.variables ?? [], details.spec?.defaultInputs ?? [], "input");
    const outputs = jsonSchemaOf(types?.outputs?.variables ?? [], [], "output");
    const data = { ...dataOf(details), inputs, outputs };
    context.print(data, () =>
      fields(
        [
          ["name", `${data.domain}/${data.project}/${data.name}`],
          ["version", data.version],
          ["type", data.taskType],
          ["deployed", data.deployedAt ?? ""],
          ["description", data.description],
          ["inputs", describeSchema(inputs)],
          ["outputs", describeSchema(outputs)],
        ],
        context.paint,
      ),
    );
  },
});

function dataOf({ taskId, metadata, spec }: TaskDetails) {
  return {
    name: taskId?.name ?? "",
    project: taskId?.project ?? "",
    domain: taskId?.domain ?? "",
    version: taskId?.version ?? "",
    taskType: spec?.taskTemplate?.type ?? "",
    deployedAt: isoTime(metadata?.deployedAt),
    description: spec?.documentation?.shortDescription ?? "",
  };
}

/** `x: integer (required)` and so on; a shape that has no name of its own is an `object`. */
function describeSchema(schema: unknown): string {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, { type?: unknown; format?: unknown; default?: unknown }>;
    required?: readonly string[];
  };
  const lines = Object.entries(properties).map(([name, property]) => {
    const type = typeof property.type === "string" ? property.type : "any";
    const format = typeof property.format === "string" ? ` (${property.format})` : "";
    const value = property.default === undefined ? "" : ` = ${JSON.stringify(property.default)}`;
    return `${name}: ${type}${format}${value}${required.includes(name) || value ? "" : "?"}`;
  });
  return lines.join("\n") || "none";
}

export const tasks: CommandGroup = { name: "tasks", summary: "see deployed tasks", commands: [list, get] };
