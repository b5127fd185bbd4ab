import { create, createFileRegistry, type DescMessage } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

const { OPTIONAL, REPEATED } = FieldDescriptorProto_Label;
const { MESSAGE, STRING } = FieldDescriptorProto_Type;
const PACKAGE = "flyteidl2.task";
const NAME = "ArtifactTrigger";

const text = (name: string, number: number) => ({
  name,
  number,
  type: STRING,
  label: OPTIONAL,
  jsonName: name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
});

const map = (name: string, number: number, entry: string) => ({
  ...text(name, number),
  type: MESSAGE,
  label: REPEATED,
  typeName: `.${PACKAGE}.${NAME}.${entry}`,
});

const entry = (name: string) => ({ name, field: [text("key", 1), text("value", 2)], options: { mapEntry: true } });

/** `flyteidl2.task.ArtifactTrigger`, a message that the npm package lacks as a whole. */
export const artifactTrigger = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: "newer/artifact_trigger.proto",
    package: PACKAGE,
    syntax: "proto3",
    messageType: [
      {
        name: NAME,
        field: [
          text("artifact_name", 1),
          text("version", 2),
          text("input_arg", 3),
          map("partitions", 4, "PartitionsEntry"),
          map("partition_input_args", 5, "PartitionInputArgsEntry"),
        ],
        nestedType: [entry("PartitionsEntry"), entry("PartitionInputArgsEntry")],
      },
    ],
  }),
  () => undefined,
).getMessage(`${PACKAGE}.${NAME}`) as DescMessage;
