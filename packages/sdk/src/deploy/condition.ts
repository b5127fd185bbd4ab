import type { App, Condition } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { Status_DeploymentStatus as Status } from "@flyte-webhook/idl/flyteidl2/app/app_definition";

/** How an app stands on its way to serving. */
export type Standing =
  | { readonly kind: "active" | "pending" | "stopped" }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Reads the conditions of an app's newest deployment: one that failed fails it, one that is active makes it active. An
 * app without a cluster yet is on its way. What `before` said already, an earlier deployment said.
 */
export function standingOf(app: App, before?: App): Standing {
  const conditions = newest(app.status?.conditions ?? []);
  const old = before?.status?.conditions ?? [];
  const failed = conditions.findLast((one) => one.deploymentStatus === Status.FAILED && !old.some(same(one)));
  if (failed) return { kind: "failed", reason: failed.message || "the control plane does not say why" };
  const has = (...statuses: Status[]) => conditions.some((one) => statuses.includes(one.deploymentStatus));
  if (has(Status.FAILED)) return { kind: "pending" };
  if (has(Status.ACTIVE, Status.STARTED)) return { kind: "active" };
  return { kind: conditions.at(-1)?.deploymentStatus === Status.STOPPED ? "stopped" : "pending" };
}

/** The last condition in words, for whoever waits. */
export function describeStatus(app: App): { readonly status: string; readonly message: string } {
  const last = newest(app.status?.conditions ?? []).at(-1);
  return { status: Status[last?.deploymentStatus ?? Status.UNSPECIFIED], message: last?.message ?? "" };
}

/** Conditions of the highest revision; an open-source plane numbers none, so all of them are of revision 0. */
function newest(conditions: readonly Condition[]): readonly Condition[] {
  const revision = conditions.reduce((highest, one) => (one.revision > highest ? one.revision : highest), 0n);
  return conditions.filter((one) => one.revision === revision);
}

const same =
  (a: Condition) =>
  (b: Condition): boolean =>
    a.deploymentStatus === b.deploymentStatus &&
    a.revision === b.revision &&
    a.message === b.message &&
    a.lastTransitionTime?.seconds === b.lastTransitionTime?.seconds &&
    a.lastTransitionTime?.nanos === b.lastTransitionTime?.nanos;
