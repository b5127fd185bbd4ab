import { hasOutputs } from "@flyte-webhook/client/phase";
import { Runs } from "@flyte-webhook/client/runs";
import type { VariableMap } from "@flyte-webhook/idl/flyteidl2/core/interface";
import type { NamedLiteral } from "@flyte-webhook/idl/flyteidl2/task/common";
import { type JsonObject, literalsToJson, withFloats } from "@flyte-webhook/literals";
import { errorOf, knownRun } from "./known-run.ts";
import type { Route } from "./route.ts";

/** Inputs and outputs under their real names; nothing is executed to show them, and a failed run has no outputs. */
export const getRunIo: Route<"get_run_io"> = async (webhook, request) => {
  const runs = new Runs(webhook.connection);
  const cluster = runs.dataCluster(request.call());
  cluster.catch(() => {}); // Read below; an error of the run lookup comes first.
  const { details, name, phase } = await knownRun(webhook, request, "details");
  const { inputs, outputs } = await runs.io(name, cluster, request.call());
  const spec = details.action?.spec;
  const types = spec?.case === "task" ? spec.value.taskTemplate?.interface : spec?.value?.interface;
  const error = errorOf(details);
  return {
    body: {
      name,
      inputs: shown(inputs, types?.inputs),
      outputs: hasOutputs(phase) ? shown(outputs, types?.outputs) : null,
      phase,
      ...(error && { error }),
    },
  };
};

/** Floats are written as such, so that 2.0 is read as it was given. */
const shown = (literals: readonly NamedLiteral[], types?: VariableMap): JsonObject =>
  withFloats(literalsToJson(literals, types?.variables)) as JsonObject;
