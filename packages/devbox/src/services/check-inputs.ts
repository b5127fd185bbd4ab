import type { TypedInterface } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { SimpleType } from "@flyte-webhook/idl/flyteidl2/core/types";
import type { NamedLiteral } from "@flyte-webhook/idl/flyteidl2/task/common";
import { rpcError } from "../rpc-error.ts";

/** The one kind of value that a simple type takes. A real plane checks nothing, and the run fails later. */
const PRIMITIVE_OF: Partial<Record<SimpleType, string>> = {
  [SimpleType.INTEGER]: "integer",
  [SimpleType.FLOAT]: "floatValue",
  [SimpleType.STRING]: "stringValue",
  [SimpleType.BOOLEAN]: "boolean",
  [SimpleType.DATETIME]: "datetime",
  [SimpleType.DURATION]: "duration",
};

/** Throws `invalid_argument` naming every input whose value is of another simple type than the task declares. */
export function checkInputs(literals: readonly NamedLiteral[], signature: TypedInterface | undefined): void {
  const problems = literals.flatMap(({ name, value }) => {
    const type = signature?.inputs?.variables.find(({ key }) => key === name)?.value?.type?.type;
    const wanted = type?.case === "simple" ? PRIMITIVE_OF[type.value] : undefined;
    if (wanted === undefined || value === undefined) return [];
    const scalar = value.value.case === "scalar" ? value.value.value.value : undefined;
    const found = scalar?.case === "primitive" ? scalar.value.value.case : (scalar?.case ?? value.value.case);
    return found === wanted ? [] : [`input ${JSON.stringify(name)} is ${found ?? "empty"} where ${wanted} is declared`];
  });
  if (problems.length > 0) throw rpcError.invalidArgument(problems.join("; "));
}
