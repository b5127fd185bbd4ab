import type { JsonObject } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import type { VariableMap } from "@flyte-webhook/idl/flyteidl2/core/interface";
import type { NamedLiteral } from "@flyte-webhook/idl/flyteidl2/task/common";
import { TranslatorService } from "@flyte-webhook/idl/flyteidl2/workflow/translator_service";
import { rpcError } from "../rpc-error.ts";
import { formOf, literalsOfForm, named } from "./translator-form.ts";
import { literalOfJson, noneOf, noneVariant } from "./translator-literals.ts";

/** JSON and launch forms to literals and back. All of it throws `invalid_argument` for what cannot be translated. */
export function registerTranslatorService(router: ConnectRouter): void {
  router.service(TranslatorService, {
    jsonValuesToLiterals: ({ variables, values }) => {
      if (!variables) throw rpcError.invalidArgument("variables is required");
      if (!values) throw rpcError.invalidArgument("values is required");
      return { literals: literalsOfValues(variables, values) };
    },
    literalsToLaunchFormJson: ({ literals, variables }) => {
      const declared = new Map(variables?.variables.map(({ key, value }) => [key, value]));
      const fields = literals.map(({ name, value }) => {
        const variable = declared.get(name);
        if (!variable) throw rpcError.invalidArgument(`there is no variable for the literal ${JSON.stringify(name)}`);
        if (!value) throw rpcError.invalidArgument(`the literal ${JSON.stringify(name)} has no value`);
        return { name, variable, value, required: true };
      });
      return { json: formOf(fields) };
    },
    launchFormJsonToLiterals: ({ json }) => {
      if (!json) throw rpcError.invalidArgument("json is required");
      return { literals: literalsOfForm(json) };
    },
    taskSpecToLaunchFormJson: ({ taskSpec }) => {
      if (!taskSpec) throw rpcError.invalidArgument("task_spec is required");
      const defaults = new Map(taskSpec.defaultInputs.map(({ name, parameter }) => [name, parameter?.behavior]));
      const fields = (taskSpec.taskTemplate?.interface?.inputs?.variables ?? []).flatMap(({ key, value }) => {
        const behavior = defaults.get(key);
        const literal = behavior?.case === "default" ? behavior.value : undefined;
        return value ? [{ name: key, variable: value, value: literal, required: literal === undefined }] : [];
      });
      return { json: formOf(fields) };
    },
  });
}

/** In the order of the variables (a real plane's is random); values of no variable are left out, as there. */
function literalsOfValues({ variables }: VariableMap, values: JsonObject): NamedLiteral[] {
  return variables.map(({ key, value: variable }) => {
    if (!variable?.type) throw rpcError.invalidArgument(`the variable ${JSON.stringify(key)} has no type`);
    const none = noneVariant(variable.type);
    const value = values[key];
    if (value !== undefined) return named(key, literalOfJson(value, variable.type, key));
    if (!none) throw rpcError.invalidArgument(`missing value for variable ${JSON.stringify(key)} in JSON payload`);
    return named(key, noneOf(none));
  });
}
