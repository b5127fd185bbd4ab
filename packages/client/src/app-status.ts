import {
  type App,
  type Condition,
  Status_DeploymentStatus as DeploymentStatus,
  Spec_DesiredState as DesiredState,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";

export { DeploymentStatus, DesiredState };

/** Python's reading: the last condition tells. `UNSPECIFIED` when there is none. */
export function deploymentStatus(app: App): DeploymentStatus {
  return app.status?.conditions.at(-1)?.deploymentStatus ?? DeploymentStatus.UNSPECIFIED;
}

/** An app that serves; scaled to zero counts, a request wakes it. */
export function isActive(app: App): boolean {
  return isServing(deploymentStatus(app));
}

export function isDeactivated(app: App): boolean {
  const status = deploymentStatus(app);
  return status === DeploymentStatus.STOPPED || status === DeploymentStatus.UNASSIGNED;
}

/** The app's public address, empty while it has none. */
export function publicUrl(app: App): string {
  return app.status?.ingress?.publicUrl ?? "";
}

/** How an app stands on its way to serving. */
export type Standing =
  | { readonly kind: "active" | "pending" | "stopped" }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Reads the conditions of an app's newest deployment: one that failed fails it, one that is active makes it active. An
 * app without a cluster yet is on its way. What `before` said already, an earlier deployment said.
 */
export function standingOf(app: App, before?: App): Standing {
  const old = before?.status?.conditions ?? [];
  const conditions = sinceItServed(since(old, newest(app.status?.conditions ?? [])));
  const failed = conditions.findLast((one) => one.deploymentStatus === DeploymentStatus.FAILED && !old.some(same(one)));
  if (failed) return { kind: "failed", reason: failed.message || "the control plane does not say why" };
  const has = (...statuses: DeploymentStatus[]) => conditions.some((one) => statuses.includes(one.deploymentStatus));
  if (has(DeploymentStatus.FAILED)) return { kind: "pending" };
  if (conditions.at(-1)?.deploymentStatus === DeploymentStatus.STOPPED) return { kind: "stopped" };
  return { kind: has(DeploymentStatus.ACTIVE, DeploymentStatus.STARTED) ? "active" : "pending" };
}

/** Whether the conditions are those of before, which a plane tells until it has begun with a change. */
export function isAsBefore(app: App, before: App): boolean {
  const [now, old] = [app.status?.conditions ?? [], before.status?.conditions ?? []];
  return now.length === old.length && now.every((one, i) => same(one)(old[i] as Condition));
}

/** The last condition in words, for whoever waits. */
export function describeStatus(app: App): { readonly status: string; readonly message: string } {
  const last = newest(app.status?.conditions ?? []).at(-1);
  return {
    status: DeploymentStatus[last?.deploymentStatus ?? DeploymentStatus.UNSPECIFIED],
    message: last?.message ?? "",
  };
}

/** Every condition of the newest deployment in words. */
export function describeConditions(app: App): { readonly status: string; readonly message: string }[] {
  return newest(app.status?.conditions ?? []).map(({ deploymentStatus: status, message }) => ({
    status: DeploymentStatus[status],
    message,
  }));
}

/** Conditions of the highest revision; an open-source plane numbers none, so all of them are of revision 0. */
function newest(conditions: readonly Condition[]): readonly Condition[] {
  const revision = conditions.reduce((highest, one) => (one.revision > highest ? one.revision : highest), 0n);
  return conditions.filter((one) => one.revision === revision);
}

// A newer open-source plane keeps the conditions of all deployments, the oldest first, and numbers none: what came later
// counts. An older one tells those of the present alone, which never hold a failure and an active one both.

/** What was added to the conditions of before; all of them where those are not there any more. */
function since(old: readonly Condition[], conditions: readonly Condition[]): readonly Condition[] {
  const isKept = old.length > 0 && conditions.length > old.length;
  return isKept && old.every((one, i) => same(conditions[i] as Condition)(one))
    ? conditions.slice(old.length)
    : conditions;
}

/** Without the failures that an app has come over. */
function sinceItServed(conditions: readonly Condition[]): readonly Condition[] {
  const last = conditions.findLastIndex(({ deploymentStatus: status }) => isServing(status));
  return conditions.filter((one, i) => i >= last || one.deploymentStatus !== DeploymentStatus.FAILED);
}

const isServing = (status: DeploymentStatus): boolean =>
  status === DeploymentStatus.ACTIVE || status === DeploymentStatus.STARTED;

const same =
  (a: Condition) =>
  (b: Condition): boolean =>
    a.deploymentStatus === b.deploymentStatus &&
    a.revision === b.revision &&
    a.message === b.message &&
    a.lastTransitionTime?.seconds === b.lastTransitionTime?.seconds &&
    a.lastTransitionTime?.nanos === b.lastTransitionTime?.nanos;
