import { runUrl } from "@flyte-webhook/client/console-url";
import { phaseName } from "@flyte-webhook/client/phase";
import { Runs } from "@flyte-webhook/client/runs";
import { Tasks } from "@flyte-webhook/client/tasks";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { buildInputs } from "@flyte-webhook/literals";
import type { Route } from "./route.ts";
import { taskName } from "./task-name.ts";

/**
 * Runs a task in the webhook's own project and domain, as Python does: `GET /run/{name}` looks only there. The whole
 * body is held against the task's interface before anything is written.
 */
export const runTask: Route<"run_task"> = async ({ connection }, { call, parameters, inputs }) => {
  const name = taskName(parameters);
  const runs = new Runs(connection);
  const cluster = runs.inputsCluster(call());
  cluster.catch(() => {}); // Read below; an error of the task lookup comes first.
  const { taskId, spec } = await new Tasks(connection).get(name, parameters.version as string | undefined, call());
  if (!taskId) throw new FlyteWebhookError("internal", `the control plane did not identify task ${name.name}`);
  const converted = buildInputs(
    inputs,
    spec?.taskTemplate?.interface?.inputs?.variables ?? [],
    spec?.defaultInputs ?? [],
  );
  if (!converted.ok) {
    throw new FlyteWebhookError("invalid_request", `the inputs do not fit task ${name.name}`, {
      issues: converted.issues,
    });
  }
  const run = await runs.create({ task: taskId, literals: converted.literals, cluster }, call());
  const id = run.action?.id?.run;
  if (!id) throw new FlyteWebhookError("internal", "the control plane created a run without a name");
  return {
    body: {
      url: runUrl(connection.consoleUrl, id),
      name: id.name,
      project: id.project,
      domain: id.domain,
      version: taskId.version,
      phase: phaseName(run.action?.status?.phase ?? 0),
    },
    headers: { location: `/run/${encodeURIComponent(id.name)}` },
  };
};
