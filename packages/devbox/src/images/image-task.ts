import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { type TaskSpec, TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import type { TaskKey } from "../store/tasks.ts";
import type { ImageBuilderChoice } from "./image-builder.ts";

/** The task by which clients have images built; its name and place are the clients' (`remote_builder.py`). */
const PLACE = { project: "system", domain: "production", name: "build-image" } as const;
const INPUTS = ["spec", "context", "target_image"] as const;
/** The image's full reference; clients take the first output, whatever its name. */
export const IMAGE_OUTPUT = "fully_qualified_image";

const FROM_SOURCES = import.meta.url.endsWith(".ts");
const ENTRY = fileURLToPath(new URL(FROM_SOURCES ? "./build-entry.ts" : "./build-entry.js", import.meta.url));
const COMMAND = ["node", ...(FROM_SOURCES ? ["--conditions=source"] : []), ENTRY];

export const IMAGE_TASK: TaskKey = { ...PLACE, version: "1" };

/** A build is a run like any other: its process finds the builder and builds, its log is the build's. */
export function imageTaskSpec(choice: ImageBuilderChoice): TaskSpec {
  const string = (key: string) => ({
    key,
    value: { type: { type: { case: "simple" as const, value: SimpleType.STRING } } },
  });
  return create(TaskSpecSchema, {
    taskTemplate: {
      id: { resourceType: 1, ...IMAGE_TASK },
      type: "build-image",
      metadata: {},
      interface: { inputs: { variables: INPUTS.map(string) }, outputs: { variables: [string(IMAGE_OUTPUT)] } },
      target: {
        case: "container",
        value: {
          command: [...COMMAND, choice, "{{.outputPrefix}}"],
          args: INPUTS.map((name) => `{{.inputs.${name}}}`),
        },
      },
    },
    shortName: PLACE.name,
    environment: { name: "system" },
  });
}
