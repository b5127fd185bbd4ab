import { runUrl } from "@flyte-webhook/client/console-url";
import { phaseName } from "@flyte-webhook/client/phase";
import { phaseOf, type RunDetails, Runs } from "@flyte-webhook/client/runs";
import { Tasks } from "@flyte-webhook/client/tasks";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { NamedLiteral } from "@flyte-webhook/idl/flyteidl2/task/common";
import { CacheLookupScope } from "@flyte-webhook/idl/flyteidl2/task/run";
import { buildInputs } from "@flyte-webhook/literals";
import type { Answers } from "../openapi/answers.ts";
import type { Webhook } from "../webhook.ts";
import { taskOf } from "./known-run.ts";
import { forget, type Launch, launchedRun, launchOf, REQUEST_DIGEST, remember } from "./launch-once.ts";
import type { Route, RouteAnswer, RouteRequest } from "./route.ts";
import { taskName } from "./task-name.ts";

/**
 * Runs a task in the webhook's own project and domain, as Python does: `GET /run/{name}` looks only there. The whole
 * body is held against the task's interface before anything is written. With an `Idempotency-Key` a repeated request is
 * answered with the run of the first.
 */
export const runTask: Route<"run_task"> = async (webhook, request) => {
  const { connection } = webhook;
  const { call, parameters, inputs } = request;
  const name = taskName(parameters);
  const launch = launchOf(request);
  const runs = new Runs(connection);
  const cluster = runs.inputsCluster(call());
  cluster.catch(() => {}); // Read below; an error of the task lookup comes first.
  const { taskId, spec } = await new Tasks(connection).runnable(name, parameters.version as string | undefined, call());
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
  const asked = { task: taskId, literals: converted.literals, cluster };
  if (launch) return launchOnce(webhook, request, launch, asked);
  const run = await runs.create(asked, call());
  return answer(webhook, run.action?.id?.run, taskId.version, phaseName(run.action?.status?.phase ?? 0));
};

type Asked = Parameters<Runs["create"]>[0] & { readonly literals: NamedLiteral[] };

async function launchOnce(webhook: Webhook, request: RouteRequest, launch: Launch, asked: Asked) {
  const first = await launchedRun(webhook, request, launch);
  if (first) return replayed(webhook, first);
  remember(webhook, launch);
  const runSpec = {
    cacheConfig: { cacheLookupScope: CacheLookupScope.GLOBAL },
    annotations: { values: { [REQUEST_DIGEST]: launch.digest } },
  };
  try {
    const { action } = await new Runs(webhook.connection).create(
      { ...asked, name: launch.runName, runSpec },
      request.call(),
    );
    const version = "version" in asked.task ? asked.task.version : "";
    return answer(webhook, action?.id?.run, version, phaseName(action?.status?.phase ?? 0));
  } catch (error) {
    const isTaken = error instanceof FlyteWebhookError && error.code === "already_exists";
    // Another replica was faster.
    const run = isTaken ? await launchedRun(webhook, request, launch) : undefined;
    if (run) return replayed(webhook, run);
    forget(webhook, launch);
    throw error;
  }
}

function replayed(webhook: Webhook, details: RunDetails): RouteAnswer<Answers["run_task"]> {
  const { body, headers } = answer(webhook, details.action?.id?.run, taskOf(details)?.version ?? "", phaseOf(details));
  return { body, headers: { ...headers, "idempotent-replayed": "true" } };
}

function answer({ connection }: Webhook, id: Parameters<typeof runUrl>[1] | undefined, version: string, phase: string) {
  if (!id) throw new FlyteWebhookError("internal", "the control plane created a run without a name");
  return {
    body: {
      url: runUrl(connection.consoleUrl, id),
      name: id.name,
      project: id.project,
      domain: id.domain,
      version,
      phase,
    },
    headers: { location: `/run/${encodeURIComponent(id.name)}` },
  };
}
