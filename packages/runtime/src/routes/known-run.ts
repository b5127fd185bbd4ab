import { isTerminal, type PhaseName } from "@flyte-webhook/client/phase";
import { phaseOf, type RunDetails, Runs } from "@flyte-webhook/client/runs";
import { allowsTask, FlyteWebhookError } from "@flyte-webhook/core";
import { ErrorInfo_Kind } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { Answers } from "../openapi/answers.ts";
import { PREFETCH_TASK } from "../prefetch/task-name.ts";
import type { Webhook } from "../webhook.ts";
import type { RouteRequest } from "./route.ts";

/** A run that the caller may see. */
export interface KnownRun {
  readonly details: RunDetails;
  readonly name: string;
  readonly phase: PhaseName;
  readonly done: boolean;
}

/**
 * Reads a run, whole (`details`) or without its task's template and attempts; with a task allow-list, only a run of an
 * allowed task is shown, and to the prefetch endpoints only a run of the prefetch task.
 * Throws `not_found`, `not_allowed`.
 */
export async function knownRun(
  { connection, spec }: Webhook,
  { call, parameters, onlyPrefetch = false }: RouteRequest,
  reading: "summary" | "details",
): Promise<KnownRun> {
  const name = String(parameters.name);
  const runs = new Runs(connection);
  const details = await (reading === "summary" ? runs.summary(name, call()) : runs.get(name, call()));
  const task = taskOf(details);
  if (onlyPrefetch) {
    if (task?.name !== PREFETCH_TASK) throw new FlyteWebhookError("not_found", `Prefetch run ${name} not found`);
  } else if (spec.taskAllowlist !== undefined) {
    if (task === undefined || !allowsTask(spec.taskAllowlist, task)) {
      throw new FlyteWebhookError("not_allowed", `The task of run ${name} is not in the allowlist`);
    }
  }
  const phase = phaseOf(details);
  return { details, name: details.action?.id?.run?.name || name, phase, done: isTerminal(phase) };
}

/** The deployed task of a run. */
export function taskOf(details: RunDetails) {
  const spec = details.action?.metadata?.spec;
  return spec?.case === "task" ? spec.value.id : undefined;
}

/** The error of a run that failed. */
export function errorOf(details: RunDetails): Answers["get_run"]["error"] {
  const result = details.action?.result;
  if (result?.case !== "errorInfo") return undefined;
  const { message, kind } = result.value;
  return {
    message,
    kind: kind === ErrorInfo_Kind.USER ? "user" : kind === ErrorInfo_Kind.SYSTEM ? "system" : "unspecified",
  };
}
