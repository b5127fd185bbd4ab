/**
 * `RunService.SignalEvent` of `flyteidl2/workflow/run_service.proto`, which the npm descriptors (2.0.16) lack. To be
 * deleted when the npm package catches up.
 */
import { create, createFileRegistry, type DescMethodUnary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { type ActionIdentifier, ActionIdentifierSchema } from "@flyte-webhook/idl/flyteidl2/common/identifier";

const PACKAGE = "flyteidl2.workflow";
const { BOOL, DOUBLE, INT64, MESSAGE, STRING } = FieldDescriptorProto_Type;

function field(name: string, number: number, type: FieldDescriptorProto_Type, typeName?: string) {
  const jsonName = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const label = FieldDescriptorProto_Label.OPTIONAL;
  return { name, number, type, label, jsonName, ...(typeName !== undefined && { typeName: `.${typeName}` }) };
}

const identifiers = ActionIdentifierSchema.file;

const file = create(FileDescriptorProtoSchema, {
  name: "newer/signal_event.proto",
  package: PACKAGE,
  syntax: "proto3",
  dependency: [identifiers.proto.name],
  messageType: [
    {
      name: "EventPayload",
      field: [
        field("bool_value", 1, BOOL),
        field("int_value", 2, INT64),
        field("float_value", 3, DOUBLE),
        field("string_value", 4, STRING),
      ].map((member) => ({ ...member, oneofIndex: 0 })),
      oneofDecl: [{ name: "value" }],
    },
    {
      name: "SignalEventRequest",
      field: [
        field("action_id", 1, MESSAGE, ActionIdentifierSchema.typeName),
        field("parent_action_name", 2, STRING),
        field("payload", 3, MESSAGE, `${PACKAGE}.EventPayload`),
      ],
    },
    { name: "SignalEventResponse" },
  ],
  service: [
    {
      name: "RunService",
      method: [
        {
          name: "SignalEvent",
          inputType: `.${PACKAGE}.SignalEventRequest`,
          outputType: `.${PACKAGE}.SignalEventResponse`,
        },
      ],
    },
  ],
});

export const signalEventMethod = createFileRegistry(file, () => identifiers).getService(`${PACKAGE}.RunService`)?.method
  .signalEvent as DescMethodUnary;

export interface SignalEventRequest {
  actionId?: ActionIdentifier;
  parentActionName: string;
  payload?: {
    value:
      | { case: "boolValue"; value: boolean }
      | { case: "intValue"; value: bigint }
      | { case: "floatValue"; value: number }
      | { case: "stringValue"; value: string }
      | { case: undefined; value?: undefined };
  };
}
