import { isTerminal, type PhaseName } from "@flyte-webhook/client/phase";
import { phaseOf, type RunDetails, Runs } from "@flyte-webhook/client/runs";
import { allowsTask, FlyteWebhookError } from "@flyte-webhook/core";
import { ErrorInfo_Kind } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import type { Answers } from "../openapi/answers.ts";
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
 * Reads a run; with a task allow-list, only a run of an allowed task is shown (a run of a task given inline is of none).
 * Throws `not_found`, `not_allowed`.
 */
export async function knownRun(
  { connection, limits, spec }: Webhook,
  { caller, parameters }: RouteRequest,
): Promise<KnownRun> {
  const name = String(parameters.name);
  const details = await new Runs(connection).get(name, { caller, timeoutMs: limits.callMs });
  if (spec.taskAllowlist !== undefined) {
    const task = taskOf(details);
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
