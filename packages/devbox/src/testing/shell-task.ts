import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TaskMetadataSchema } from "@flyte-webhook/idl/flyteidl2/core/tasks";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import type { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";

export interface ShellTask {
  name?: string;
  env?: Record<string, string>;
  /** Names of outputs, all integers. */
  outputs?: string[];
  metadata?: MessageInitShape<typeof TaskMetadataSchema>;
}

/** A container task that runs a shell script; its first argument is the output prefix without `file://`. */
export function shellTask(script: string, options: ShellTask = {}): MessageInitShape<typeof TaskSpecSchema> {
  return commandTask(["sh", "-c", `prefix=\${1#file://}; ${script}`, "sh", "{{.outputPrefix}}"], options);
}

export function commandTask(
  command: string[],
  { name = "test.shell", env = {}, outputs = [], metadata }: ShellTask = {},
): MessageInitShape<typeof TaskSpecSchema> {
  const integer = { type: { type: { case: "simple", value: SimpleType.INTEGER } } } as const;
  return {
    taskTemplate: {
      id: { resourceType: 1, project: "flytesnacks", domain: "development", name, version: "1" },
      type: "shell",
      ...(metadata && { metadata }),
      interface: { outputs: { variables: outputs.map((key) => ({ key, value: integer })) } },
      target: {
        case: "container",
        value: { image: "ours:1", command, env: Object.entries(env).map(([key, value]) => ({ key, value })) },
      },
    },
    shortName: name.slice(name.lastIndexOf(".") + 1),
  };
}

/** A task of the type that needs no process; its input `duration` is a default. */
export function sleepTask(seconds: number): MessageInitShape<typeof TaskSpecSchema> {
  const value = { seconds: BigInt(Math.floor(seconds)), nanos: Math.round((seconds % 1) * 1e9) };
  const primitive = { case: "primitive", value: { value: { case: "duration", value } } } as const;
  const literal = { value: { case: "scalar", value: { value: primitive } } } as const;
  return {
    taskTemplate: {
      id: { resourceType: 1, project: "flytesnacks", domain: "development", name: "test.sleep", version: "1" },
      type: "core-sleep",
    },
    defaultInputs: [{ name: "duration", parameter: { behavior: { case: "default", value: literal } } }],
    shortName: "sleep",
  };
}
