import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { ResourceType } from "@flyte-webhook/idl/flyteidl2/core/identifier";
import { type VariableEntry, VariableEntrySchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { Secret_MountType } from "@flyte-webhook/idl/flyteidl2/core/security";
import {
  Resources_ResourceName as Resource,
  RuntimeMetadata_RuntimeType as RuntimeType,
} from "@flyte-webhook/idl/flyteidl2/core/tasks";
import { BlobType_BlobDimensionality, SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import { type TaskSpec, TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { FLYTE_RUNTIME_VERSION, flyteImage } from "../flyte-image.ts";
import { PREFETCH_SOURCE } from "./module.ts";
import { PREFETCH_ENVIRONMENT, PREFETCH_FUNCTION, PREFETCH_MODULE, PREFETCH_TASK } from "./task-name.ts";

export interface PrefetchTask {
  readonly org: string;
  readonly project: string;
  readonly domain: string;
  /** Native address of the uploaded code bundle. */
  readonly bundle: string;
  /** Kubernetes quantities. */
  readonly cpu: string;
  readonly memory: string;
  readonly disk: string;
  /** Key of the secret that holds the hub's token; empty for none. */
  readonly tokenKey: string;
  /** Another number, another entry in the cache of outputs: the model is fetched again. */
  readonly force: number;
}

/** Inputs of the task: those of Python's own prefetch, so that its runs and ours read the same. */
export const PREFETCH_INPUTS: readonly VariableEntry[] = [
  create(VariableEntrySchema, {
    key: "info",
    value: { type: { type: { case: "simple", value: SimpleType.STRING } } },
  }),
  create(VariableEntrySchema, {
    key: "raw_data_path",
    value: {
      type: {
        type: {
          case: "unionType",
          value: {
            variants: [
              { type: { case: "simple", value: SimpleType.STRING }, structure: { tag: "str" } },
              { type: { case: "simple", value: SimpleType.NONE }, structure: { tag: "none" } },
            ],
          },
        },
      },
    },
  }),
];

/**
 * The prefetch task as Python serializes such a task: Flyte's entry point unpacks the bundle and runs our function in it.
 * It is not deployed but sent along with the run. Its outputs are cached by code, inputs and `force`.
 */
export function prefetchTaskSpec(task: PrefetchTask): TaskSpec {
  const { org, project, domain, bundle, cpu, memory, disk, tokenKey, force } = task;
  const version = digest([PREFETCH_SOURCE, flyteImage(), cpu, memory, disk, tokenKey, force]);
  return create(TaskSpecSchema, {
    shortName: PREFETCH_FUNCTION,
    environment: { name: PREFETCH_ENVIRONMENT },
    taskTemplate: {
      id: { resourceType: ResourceType.TASK, org, project, domain, name: PREFETCH_TASK, version },
      type: "python",
      metadata: {
        discoverable: true,
        discoveryVersion: digest([PREFETCH_SOURCE, force]),
        runtime: { type: RuntimeType.FLYTE_SDK, version: FLYTE_RUNTIME_VERSION, flavor: "python" },
        retries: {},
        interruptibleValue: { case: "interruptible", value: false },
        generatesDeck: false,
      },
      interface: {
        inputs: { variables: [...PREFETCH_INPUTS] },
        outputs: {
          variables: [
            {
              key: "o0",
              value: {
                type: {
                  type: { case: "blob", value: { dimensionality: BlobType_BlobDimensionality.MULTIPART } },
                },
              },
            },
          ],
        },
      },
      target: {
        case: "container",
        value: {
          image: flyteImage(),
          args: entryPoint(version, bundle),
          resources: {
            requests: [
              { name: Resource.CPU, value: cpu },
              { name: Resource.MEMORY, value: memory },
              { name: Resource.EPHEMERAL_STORAGE, value: disk },
            ],
          },
        },
      },
      ...(tokenKey !== "" && {
        securityContext: {
          secrets: [{ key: tokenKey, mountRequirement: Secret_MountType.ENV_VAR, envVar: "HF_TOKEN" }],
        },
      }),
    },
  });
}

/** The command of Flyte's entry point; a backend fills in what is in `{{…}}`. */
function entryPoint(version: string, bundle: string): string[] {
  return [
    "a0",
    ...["--inputs", "{{.input}}", "--outputs-path", "{{.outputPrefix}}", "--version", version],
    ...["--raw-data-path", "{{.rawOutputDataPrefix}}", "--checkpoint-path", "{{.checkpointOutputPrefix}}"],
    ...["--prev-checkpoint", "{{.prevCheckpointPrefix}}", "--run-name", "{{.runName}}", "--name", "{{.actionName}}"],
    ...["--run-start-time", "{{.runStartTime}}", "--tgz", bundle, "--dest", "."],
    ...["--resolver", "flyte._internal.resolvers.default.DefaultTaskResolver"],
    ...["mod", PREFETCH_MODULE, "instance", PREFETCH_FUNCTION],
  ];
}

const digest = (parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
