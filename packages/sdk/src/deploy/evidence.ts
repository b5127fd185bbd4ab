import { describeConditions } from "@flyte-webhook/client/app-status";
import type { App } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import type { DeployEvidence } from "./deploy-error.ts";

/** What there is to say of an app that fails. */
export function evidenceOf(app: App, log: readonly string[]): DeployEvidence {
  return { conditions: describeConditions(app), replicas: app.status?.currentReplicas ?? 0, log };
}
