import { hasOutputs } from "@flyte-webhook/client/phase";
import { Runs } from "@flyte-webhook/client/runs";
import { literalsToJson } from "@flyte-webhook/literals";
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
      inputs: literalsToJson(inputs, types?.inputs?.variables),
      outputs: hasOutputs(phase) ? literalsToJson(outputs, types?.outputs?.variables) : null,
      phase,
      ...(error && { error }),
    },
  };
};
