import { fromJson } from "@bufbuild/protobuf";
import { InputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { expect, test } from "vitest";
import { fillTemplate } from "./template-variables.ts";

const inputs = fromJson(InputsSchema, {
  literals: [
    { name: "x", value: { scalar: { primitive: { integer: "9007199254740993" } } } },
    { name: "list", value: { collection: {} } },
  ],
});
const fill = (text: string) =>
  fillTemplate(text, { variables: { outputprefix: "file:///o", prevcheckpointprefix: '""' }, inputs });

test.each([
  ["{{.outputPrefix}}/a", "file:///o/a"],
  ["{{ .OutputPrefix }}", "file:///o"],
  ["{{$outputPrefix}}{{.outputPrefix}}", "file:///ofile:///o"],
  ["{{.prevCheckpointPrefix}}", '""'],
  ["{{.inputs.x}}", "9007199254740993"],
  [
    "{{.unknown}} {{outputPrefix}} {{.inputs.list}} {{.inputs.none}}",
    "{{.unknown}} {{outputPrefix}} {{.inputs.list}} {{.inputs.none}}",
  ],
])("%s", (text, filled) => {
  expect(fill(text)).toBe(filled);
});
