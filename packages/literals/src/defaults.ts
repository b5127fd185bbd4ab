import type { Literal } from "@flyte-webhook/idl/flyteidl2/core/literals";
import type { NamedParameter } from "@flyte-webhook/idl/flyteidl2/task/common";

/** The stored default of an input. A parameter without a literal has none, whatever it is listed under. */
export function defaultOf(defaults: readonly NamedParameter[], name: string): Literal | undefined {
  const behavior = defaults.find((parameter) => parameter.name === name)?.parameter?.behavior;
  return behavior?.case === "default" ? behavior.value : undefined;
}
