import type { JsonValue } from "@bufbuild/protobuf";
import type { TaskTemplate } from "@flyte-webhook/idl/flyteidl2/core/tasks";

export interface TaskContainer {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly (readonly [name: string, value: string])[];
}

/** The container that does a task's work: its own one, or the primary one of its pod template. Undefined without any. */
export function taskContainer({ target }: TaskTemplate): TaskContainer | undefined {
  if (target.case === "container") {
    const { command, args, env } = target.value;
    return { command, args, env: env.map(({ key, value }) => [key, value]) };
  }
  if (target.case !== "k8sPod") return undefined;
  const { podSpec, primaryContainerName } = target.value;
  const containers = objects(podSpec?.containers);
  const container = containers.find(({ name }) => name === primaryContainerName) ?? containers[0];
  return (
    container && {
      command: texts(container.command),
      args: texts(container.args),
      env: objects(container.env).map(({ name, value }) => [text(name), text(value)]),
    }
  );
}

function objects(value: JsonValue | undefined): Record<string, JsonValue>[] {
  return (Array.isArray(value) ? value : []).filter(
    (item) => typeof item === "object" && item !== null && !Array.isArray(item),
  ) as Record<string, JsonValue>[];
}

function texts(value: JsonValue | undefined): string[] {
  return (Array.isArray(value) ? value : []).map(text);
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : String(value);
}
