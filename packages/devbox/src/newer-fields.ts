/**
 * Fields that Flyte's protos have and the npm descriptors (2.0.16) lack. They are added to the generated descriptors
 * before anything is read or written with them, so that both the binary and the JSON form carry them.
 * To be deleted when the npm package catches up.
 */
import { create, createFileRegistry, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  type Timestamp,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import {
  GetActionDataResponseSchema,
  UploadInputsRequestSchema,
} from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import { CreateRunRequestSchema, ListRunsRequestSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";

const { BOOL, MESSAGE, STRING, UINT32 } = FieldDescriptorProto_Type;

/** `flyteidl2/task/run.proto` */
export interface NewerRunSpec {
  runStartTime?: Timestamp;
  maxActionConcurrency: number;
  runBaseDir: string;
}
extend(RunSpecSchema, [
  ["run_start_time", 12, MESSAGE],
  ["max_action_concurrency", 13, UINT32],
  ["run_base_dir", 14, STRING],
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

/** The message with the fields that its generated type does not show. */
export function newer<T>(message: Message): T {
  return message as unknown as T;
}

/** A message field is a timestamp: no other kind was needed. */
function extend(target: DescMessage, fields: [name: string, number: number, type: FieldDescriptorProto_Type][]): void {
  const at = target.typeName.lastIndexOf(".");
  const shadow = create(FileDescriptorProtoSchema, {
    name: `newer/${target.typeName}.proto`,
    package: target.typeName.slice(0, at),
    syntax: "proto3",
    dependency: [TimestampSchema.file.proto.name],
    messageType: [
      {
        name: target.typeName.slice(at + 1),
        field: fields.map(([name, number, type]) => ({
          name,
          number,
          type,
          label: FieldDescriptorProto_Label.OPTIONAL,
          jsonName: name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
          ...(type === MESSAGE && { typeName: `.${TimestampSchema.typeName}` }),
        })),
      },
    ],
  });
  const registry = createFileRegistry(shadow, (name) =>
    name === TimestampSchema.file.proto.name ? TimestampSchema.file.proto : undefined,
  );
  for (const field of registry.getMessage(target.typeName)?.fields ?? []) {
    (target.fields as DescField[]).push(field);
    (target.members as DescMessage["members"][number][]).push(field);
    (target.field as Record<string, DescField>)[field.localName] = field;
  }
}
