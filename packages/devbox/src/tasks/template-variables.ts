import type { Primitive } from "@flyte-webhook/idl/flyteidl2/core/literals";
import type { Inputs } from "@flyte-webhook/idl/flyteidl2/task/common";
import { microsOf } from "../store/time.ts";

/** Values of `{{.name}}` in a task's command and arguments, by the name in lower case: Flyte reads them in any case. */
export interface TemplateScope {
  readonly variables: Readonly<Record<string, string>>;
  readonly inputs: Inputs;
}

const VARIABLE = /\{\{\s*[.$](\w+)(?:\.([^}\s]+))?\s*\}\}/g;

/**
 * Fills in Flyte's template variables, and `{{.inputs.x}}` for an input that is one value. What is none of them stays
 * as it is.
 */
export function fillTemplate(text: string, { variables, inputs }: TemplateScope): string {
  return text.replace(VARIABLE, (match, name: string, part?: string) => {
    if (part === undefined) return variables[name.toLowerCase()] ?? match;
    if (name.toLowerCase() !== "inputs") return match;
    const value = inputs.literals.find((literal) => literal.name === part)?.value?.value;
    if (value?.case !== "scalar" || value.value.value.case !== "primitive") return match;
    return primitiveText(value.value.value.value) ?? match;
  });
}

function primitiveText({ value }: Primitive): string | undefined {
  switch (value.case) {
    case undefined:
      return undefined;
    case "datetime":
      return new Date(microsOf(value.value) / 1000).toISOString();
    case "duration":
      return `${Number(value.value.seconds) + value.value.nanos / 1e9}s`;
    default:
      return String(value.value);
  }
}
