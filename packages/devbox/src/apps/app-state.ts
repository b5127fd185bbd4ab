import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  ConditionSchema,
  Status_DeploymentStatus as DeploymentStatus,
  type Status,
  StatusSchema,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { type Substate, substateField } from "./substate.ts";

/**
 * `new`: nothing was started yet. `failed`: crashed or never listened; it is tried again all the same. `updating` and
 * `updateFailed`: the same of a new revision while the one before serves on.
 */
export type AppPhase = "new" | "starting" | "active" | "updating" | "updateFailed" | "failed" | "stopped";

export interface AppState {
  readonly phase: AppPhase;
  /** Why it failed. */
  readonly message: string;
  readonly substate: Substate | undefined;
  /** When it came to be so, in milliseconds since 1970. */
  readonly since: number;
  /** Processes that serve. */
  readonly replicas: number;
}

type Condition = readonly [status: DeploymentStatus, message: string];

const STARTING = [
  [DeploymentStatus.PENDING, "Configuration is waiting for its revision to become ready"],
  [DeploymentStatus.PENDING, "Service is waiting for its process to listen"],
] as const;
const FAILED = [DeploymentStatus.FAILED, "The app failed"] as const;
/** What is true of an app that is not ready as a whole is DEPLOYING there. */
const ROUTES_OF_BEFORE = [DeploymentStatus.DEPLOYING, "Routes are ready"] as const;

/** The conditions of the open-source plane, which stem from Knative's: Configuration, Ready, Routes, in this order. */
const CONDITIONS = {
  new: [],
  starting: STARTING,
  active: [
    [DeploymentStatus.ACTIVE, "Configuration is ready"],
    [DeploymentStatus.ACTIVE, "Service is ready"],
    [DeploymentStatus.ACTIVE, "Routes are ready"],
  ],
  updating: [...STARTING, ROUTES_OF_BEFORE],
  updateFailed: [FAILED, FAILED, ROUTES_OF_BEFORE],
  failed: [FAILED],
  stopped: [[DeploymentStatus.STOPPED, "App scaled to zero"]],
} as const satisfies Record<AppPhase, readonly Condition[]>;

/** Which of the conditions a substate is about. */
const QUALIFIES = {
  failed: DeploymentStatus.FAILED,
  updateFailed: DeploymentStatus.FAILED,
  active: DeploymentStatus.ACTIVE,
} as const;

/** The namespace that the open-source plane runs everything in. */
const NAMESPACE = "flyte";

export function appStatus(state: AppState, publicUrl: string, createdAtMs: number): Status {
  const conditions = CONDITIONS[state.phase].map(([deploymentStatus, message]) => {
    const condition = create(ConditionSchema, {
      deploymentStatus,
      message: deploymentStatus === DeploymentStatus.FAILED ? state.message : message,
      lastTransitionTime: timestampFromMs(state.since),
    });
    const qualified = state.phase in QUALIFIES && QUALIFIES[state.phase as keyof typeof QUALIFIES] === deploymentStatus;
    if (state.substate && qualified) condition.$unknown = [substateField(state.substate)];
    return condition;
  });
  // A stopped app has no address and, on the real plane, no creation time.
  if (state.phase === "stopped") return create(StatusSchema, { conditions });
  return create(StatusSchema, {
    conditions,
    currentReplicas: state.replicas,
    ingress: { publicUrl },
    createdAt: timestampFromMs(createdAtMs),
    k8sMetadata: { namespace: NAMESPACE },
  });
}
