import { type TaskDetails, Tasks } from "@flyte-webhook/client/tasks";
import { jsonSchemaOf } from "@flyte-webhook/literals";
import type { Route } from "./route.ts";
import { taskName } from "./task-name.ts";

/** What a task takes, read from its message: no type is rebuilt, so an exotic one cannot fail the answer. */
export const getTask: Route<"get_task"> = async ({ connection }, { call, parameters }) => {
  const name = taskName(parameters);
  const { taskId, metadata, spec } = await new Tasks(connection).get(
    name,
    parameters.version as string | undefined,
    call(),
  );
  const template = spec?.taskTemplate;
  const inputs = template?.interface?.inputs?.variables ?? [];
  // A parameter without a literal has no default to fill in, whatever it is listed under.
  const defaults = (spec?.defaultInputs ?? [])
    .filter(({ parameter }) => parameter?.behavior.case === "default")
    .map((parameter) => parameter.name);
  const shortName = metadata?.shortName || spec?.shortName;
  const environment = spec?.environment?.name;
  const description = spec?.documentation?.shortDescription;
  return {
    body: {
      name: taskId?.name ?? name.name,
      version: taskId?.version ?? "",
      task_type: template?.type ?? "",
      required_args: inputs.map((variable) => variable.key).filter((key) => !defaults.includes(key)),
      default_input_args: defaults,
      cache: cacheOf(spec),
      secrets: (template?.securityContext?.secrets ?? []).map((secret) => secret.key),
      ...(shortName && { short_name: shortName }),
      ...(environment && { environment }),
      ...(description && { description }),
      inputs: jsonSchemaOf(inputs, spec?.defaultInputs ?? [], "input"),
      outputs: jsonSchemaOf(template?.interface?.outputs?.variables ?? [], [], "output"),
    },
  };
};

/** Python's reading: not discoverable is `disable`, a fixed version `override`, else `auto`. */
function cacheOf(spec: TaskDetails["spec"]) {
  const metadata = spec?.taskTemplate?.metadata;
  const version = metadata?.discoveryVersion || null;
  const behavior = !metadata?.discoverable ? "disable" : version === null ? "auto" : "override";
  return { behavior, version_override: version, serialize: metadata?.cacheSerializable ?? false } as const;
}
