import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  Status_DeploymentStatus as DeploymentStatus,
  Spec_DesiredState as DesiredState,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { type Launch, readLaunch } from "../apps/launch.ts";
import type { AppSupervisor } from "../apps/supervisor.ts";
import type { AppRow, AppStore } from "../store/apps.ts";
import type { AppState, AppsState, Scope } from "./live-state.ts";
import { MESSAGE_LENGTH } from "./runs-state.ts";
import { webhookStateOf } from "./webhook-state.ts";

/** Reads the apps of a project and domain. */
export function appsReader(store: AppStore, supervisor: AppSupervisor): (scope: Scope) => AppsState {
  return ({ project, domain }) => ({
    apps: store.list({ project, domain }).map((row) => appStateOf(row, supervisor)),
  });
}

function appStateOf({ id, metadata, spec, createdAtMs }: AppRow, supervisor: AppSupervisor): AppState {
  const status = supervisor.get(id)?.status;
  const conditions = status?.conditions ?? [];
  // The last one tells, but for an update that failed: its last one speaks of the revision before.
  const condition =
    conditions.find(({ deploymentStatus }) => deploymentStatus === DeploymentStatus.FAILED) ?? conditions.at(-1);
  const { image, words } = launchOf(spec);
  const webhook = webhookStateOf(words);
  return {
    ...id,
    revision: Number(metadata.revision),
    status: (DeploymentStatus[condition?.deploymentStatus ?? 0] ?? "unknown").toLowerCase(),
    message: (condition?.message ?? "").slice(0, MESSAGE_LENGTH),
    sinceMs: condition?.lastTransitionTime ? timestampMs(condition.lastTransitionTime) : null,
    createdMs: createdAtMs,
    wanted: spec.desiredState !== DesiredState.STOPPED,
    replicas: status?.currentReplicas ?? 0,
    url: status?.ingress?.publicUrl ?? "",
    image,
    // A webhook's spec is shown as what it says.
    command: webhook ? words.slice(0, words.indexOf("--spec") + 1) : words,
    webhook,
  };
}

/** One that is stopped may have been written without anything to run. */
function launchOf(spec: AppRow["spec"]): Pick<Launch, "image" | "words"> {
  if (spec.appPayload.case === undefined) return { image: "", words: [] };
  try {
    return readLaunch(spec);
  } catch {
    return { image: "", words: [] };
  }
}
