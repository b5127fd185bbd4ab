import {
  type App,
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
  const status = deploymentStatus(app);
  return status === DeploymentStatus.ACTIVE || status === DeploymentStatus.STARTED;
}

export function isDeactivated(app: App): boolean {
  const status = deploymentStatus(app);
  return status === DeploymentStatus.STOPPED || status === DeploymentStatus.UNASSIGNED;
}

/** Why an app failed, when one of its conditions says so. */
export function failureOf(app: App): string | undefined {
  const failed = app.status?.conditions.find((condition) => condition.deploymentStatus === DeploymentStatus.FAILED);
  return failed === undefined ? undefined : failed.message || "the app failed without saying why";
}

/** The app's public address, empty while it has none. */
export function publicUrl(app: App): string {
  return app.status?.ingress?.publicUrl ?? "";
}
