import { clone } from "@bufbuild/protobuf";
import type { Literal, Scalar } from "@flyte-webhook/idl/flyteidl2/core/literals";
import { type Inputs, InputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { pathBelow } from "../tasks/run-files.ts";
import { changeTexts } from "./msgpack-texts.ts";

/**
 * Inputs whose files of this devbox are named by their paths alone: Flyte's Python opens those as local files, and of
 * `file://` URIs it takes some for relative paths.
 */
export function withLocalPaths(inputs: Inputs, dir: string): Inputs {
  const copy = clone(InputsSchema, inputs);
  for (const { value } of copy.literals) localize(value, dir);
  return copy;
}

function localize(literal: Literal | undefined, dir: string): void {
  switch (literal?.value.case) {
    case "scalar":
      localizeScalar(literal.value.value, dir);
      return;
    case "collection":
      for (const item of literal.value.value.literals) localize(item, dir);
      return;
    case "map":
      for (const item of Object.values(literal.value.value.literals)) localize(item, dir);
  }
}

function localizeScalar({ value }: Scalar, dir: string): void {
  switch (value.case) {
    case "blob":
    case "structuredDataset":
      value.value.uri = pathBelow(dir, value.value.uri) ?? value.value.uri;
      return;
    case "union":
      localize(value.value.value, dir);
      return;
    case "binary":
      if (value.value.tag !== "msgpack") return;
      value.value.value = changeTexts(value.value.value, (text) =>
        text.startsWith("file:") ? (pathBelow(dir, text) ?? text) : text,
      );
  }
}
