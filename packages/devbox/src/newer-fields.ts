/**
 * Fields that Flyte's protos have and the npm descriptors (2.0.16) lack. They are added to the generated descriptors
 * before anything is read or written with them, so that both the binary and the JSON form carry them.
 * To be deleted when the npm package catches up.
 */
import { create, createFileRegistry, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import {
  type Duration,
  DurationSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  type Timestamp,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import { type RunIdentifier, RunIdentifierSchema } from "@flyte-webhook/idl/flyteidl2/common/identifier";
import { type OffloadedInputData, OffloadedInputDataSchema } from "@flyte-webhook/idl/flyteidl2/common/run";
import { type Literal, LiteralSchema } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { TaskMetadataSchema } from "@flyte-webhook/idl/flyteidl2/core/tasks";
import { type LiteralType, LiteralTypeSchema } from "@flyte-webhook/idl/flyteidl2/core/types";
import {
  GetActionDataResponseSchema,
  UploadInputsRequestSchema,
} from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { TriggerAutomationSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import { TaskTriggerSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { TriggerSpecSchema } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import {
  ActionDetailsSchema,
  type ConditionAction,
  ConditionActionMetadataSchema,
  ConditionActionSchema,
  ErrorInfoSchema,
} from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { CreateRunRequestSchema, ListRunsRequestSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import { artifactTrigger } from "./newer-artifact-trigger.ts";

const { BOOL, INT32, MESSAGE, STRING, UINT32 } = FieldDescriptorProto_Type;

/** `flyteidl2/task/run.proto` */
export interface NewerRunSpec {
  runStartTime?: Timestamp;
  maxActionConcurrency: number;
  runBaseDir: string;
  relation?: { relatedTo?: RunIdentifier; relationType: number };
  recover?: { forceRerunActions: string[] };
}
/** `RELATION_TYPE_RECOVER` of `flyteidl2/common/run.proto`: the run takes over what succeeded in another one. */
export const RELATION_RECOVER = 2;
const relation = newMessage("flyteidl2.common.Relation", [
  ["related_to", 1, MESSAGE, RunIdentifierSchema],
  ["relation_type", 2, INT32],
]);
const recover = newMessage("flyteidl2.task.Recover", [["force_rerun_actions", 1, STRING, "list"]]);
extend(RunSpecSchema, [
  ["run_start_time", 12, MESSAGE],
  ["max_action_concurrency", 13, UINT32],
  ["run_base_dir", 14, STRING],
  ["relation", 18, MESSAGE, relation],
  ["recover", 19, MESSAGE, recover],
]);
// Field 6 is `cluster` here and `queue` there; the JSON reader takes both names.
(RunSpecSchema.field.cluster as { jsonName: string }).jsonName = "queue";

/** `flyteidl2/dataproxy/dataproxy_service.proto` */
export interface NewerActionData {
  inputsUri: string;
  outputsUri: string;
}
extend(GetActionDataResponseSchema, [
  ["inputs_uri", 3, STRING],
  ["outputs_uri", 4, STRING],
]);

export interface NewerUploadInputs {
  baseDir: string;
}
extend(UploadInputsRequestSchema, [["base_dir", 7, STRING]]);

/** `flyteidl2/workflow/run_service.proto` */
export interface NewerCreateRun {
  runStartTime?: Timestamp;
}
extend(CreateRunRequestSchema, [["run_start_time", 10, MESSAGE]]);

export interface NewerListRuns {
  pausedActionsOnly: boolean;
}
extend(ListRunsRequestSchema, [["paused_actions_only", 9, BOOL]]);

/** `flyteidl2/trigger/trigger_definition.proto`, `flyteidl2/task/task_definition.proto`: there in a oneof with `inputs`. */
export interface NewerTriggerSpec {
  offloadedInputData?: OffloadedInputData;
}
extend(TriggerSpecSchema, [["offloaded_input_data", 7, MESSAGE, OffloadedInputDataSchema]]);
extend(TaskTriggerSpecSchema, [["offloaded_input_data", 5, MESSAGE, OffloadedInputDataSchema]]);

/** `flyteidl2/task/common.proto`: kept and shown, and nothing else; this plane has no artifacts. */
extend(TriggerAutomationSpecSchema, [["artifact", 3, MESSAGE, artifactTrigger]]);

/** `flyteidl2/core/tasks.proto` */
export interface NewerTaskMetadata {
  cacheMaxAge?: Duration;
}
extend(TaskMetadataSchema, [["cache_max_age", 24, MESSAGE, DurationSchema]]);

/** `flyteidl2/workflow/run_definition.proto` */
export interface NewerErrorInfo {
  code: string;
}
extend(ErrorInfoSchema, [["code", 3, STRING]]);

/** Members of the oneofs `spec` and `result`, of which the message has no other when it has these. */
export interface NewerActionDetails {
  condition?: ConditionAction;
  signalInfo?: { output: Literal };
}
const signalInfo = newMessage("flyteidl2.workflow.SignalInfo", [["output", 2, MESSAGE, LiteralSchema]]);
extend(ActionDetailsSchema, [
  ["condition", 9, MESSAGE, ConditionActionSchema],
  ["signal_info", 10, MESSAGE, signalInfo],
]);

export interface NewerConditionMetadata {
  type?: LiteralType;
}
extend(ConditionActionMetadataSchema, [["type", 5, MESSAGE, LiteralTypeSchema]]);

/** The message with the fields that its generated type does not show. */
export function newer<T>(message: Message): T {
  return message as unknown as T;
}

type NewerField = [
  name: string,
  number: number,
  type: FieldDescriptorProto_Type,
  /** What a message field holds, a timestamp unless another is named; or a list. */
  of?: DescMessage | "list",
];

/** Adds fields to a message of the npm descriptors. */
function extend(target: DescMessage, fields: NewerField[]): void {
  for (const field of newMessage(target.typeName, fields).fields) {
    (target.fields as DescField[]).push(field);
    (target.members as DescMessage["members"][number][]).push(field);
    (target.field as Record<string, DescField>)[field.localName] = field;
  }
}

/** A message that the npm descriptors have not, or not with these fields. */
function newMessage(typeName: string, fields: NewerField[]): DescMessage {
  const at = typeName.lastIndexOf(".");
  const used = fields.map(([, , , of]) => (typeof of === "object" ? of.file : TimestampSchema.file));
  const shadow = create(FileDescriptorProtoSchema, {
    name: `newer/${typeName}.proto`,
    package: typeName.slice(0, at),
    syntax: "proto3",
    dependency: [...new Set(used.map(({ proto }) => proto.name))],
    messageType: [
      {
        name: typeName.slice(at + 1),
        field: fields.map(fieldProto),
      },
    ],
  });
  const registry = createFileRegistry(shadow, (name) => used.find(({ proto }) => proto.name === name));
  return registry.getMessage(typeName) as DescMessage;
}

function fieldProto([name, number, type, of]: NewerField) {
  const message = typeof of === "object" ? of : TimestampSchema;
  return {
    name,
    number,
    type,
    label: typeof of === "string" ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
    jsonName: name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    ...(type === MESSAGE && { typeName: `.${message.typeName}` }),
  };
}
