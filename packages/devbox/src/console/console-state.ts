import { fromBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Status_DeploymentStatus as DeploymentStatus } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { ErrorInfoSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { readLaunch } from "../apps/launch.ts";
import { imageName, WEBHOOK_IMAGE } from "../apps/local-images.ts";
import type { AppSupervisor } from "../apps/supervisor.ts";
import type { AppRow, AppStore } from "../store/apps.ts";
import type { Database } from "../store/database.ts";

/** What the page shows. Times are milliseconds since 1970. */
export interface ConsoleState {
  /** By name. */
  readonly apps: readonly ConsoleApp[];
  /** The newest {@link SHOWN_RUNS}, newest first. */
  readonly runs: readonly ConsoleRun[];
}

export interface ConsoleApp {
  readonly name: string;
  readonly project: string;
  readonly domain: string;
  readonly revision: number;
  /** A deployment status in lower case, such as `active`. */
  readonly status: string;
  readonly message: string;
  /** When the status came to be; null when it never changed. */
  readonly sinceMs: number | null;
  /** Empty while it is stopped. */
  readonly url: string;
  /** Of a webhook that has an address: its API's page. */
  readonly docs: string;
}

export interface ConsoleRun {
  readonly name: string;
  readonly project: string;
  readonly domain: string;
  readonly task: string;
  /** A phase in lower case, such as `succeeded`. */
  readonly phase: string;
  readonly createdMs: number;
  /** Null while it goes on. */
  readonly endedMs: number | null;
  /** Why it failed or was aborted. */
  readonly message: string;
}

export const SHOWN_RUNS = 100;
/** Characters of an error that are shown; the run's details have all of it. */
const MESSAGE_LENGTH = 4000;

/** Reads what the page shows from the stores. */
export function consoleState(db: Database, apps: AppStore, supervisor: AppSupervisor): () => ConsoleState {
  const runs = db.prepare(
    `SELECT run, project, domain, task_name, phase, created_at, ended_at, error, abort_reason FROM actions
     WHERE name = 'a0' ORDER BY id DESC LIMIT ${SHOWN_RUNS}`,
  );
  return () => ({
    apps: apps.list({ project: "", domain: "" }).map((row) => appOf(row, supervisor)),
    runs: runs.all().map((row) => runOf(row as unknown as RunColumns)),
  });
}

interface RunColumns {
  readonly run: string;
  readonly project: string;
  readonly domain: string;
  readonly task_name: string;
  readonly phase: ActionPhase;
  readonly created_at: number;
  readonly ended_at: number | null;
  readonly error: Uint8Array | null;
  readonly abort_reason: string | null;
}

function runOf({ run, project, domain, task_name, phase, created_at, ended_at, ...end }: RunColumns): ConsoleRun {
  const message = end.error ? fromBinary(ErrorInfoSchema, end.error).message : (end.abort_reason ?? "");
  return {
    name: run,
    project,
    domain,
    task: task_name,
    phase: (ActionPhase[phase] ?? "unknown").toLowerCase(),
    createdMs: Math.floor(created_at / 1000),
    endedMs: ended_at === null ? null : Math.floor(ended_at / 1000),
    message: message.slice(0, MESSAGE_LENGTH),
  };
}

function appOf({ id, metadata, spec }: AppRow, supervisor: AppSupervisor): ConsoleApp {
  const app = supervisor.get(id);
  const conditions = app?.status.conditions ?? [];
  // The last one tells, but for an update that failed: its last one speaks of the revision before.
  const condition =
    conditions.find(({ deploymentStatus }) => deploymentStatus === DeploymentStatus.FAILED) ?? conditions.at(-1);
  const url = app?.status.ingress?.publicUrl ?? "";
  const isWebhook = url !== "" && imageName(readLaunch(spec).image) === WEBHOOK_IMAGE;
  return {
    ...id,
    revision: Number(metadata.revision),
    status: (DeploymentStatus[condition?.deploymentStatus ?? 0] ?? "unknown").toLowerCase(),
    message: (condition?.message ?? "").slice(0, MESSAGE_LENGTH),
    sinceMs: condition?.lastTransitionTime ? timestampMs(condition.lastTransitionTime) : null,
    url,
    docs: isWebhook ? `${url}/docs` : "",
  };
}
