import { fromBinary } from "@bufbuild/protobuf";
import { CatalogCacheStatus } from "@flyte-webhook/idl/flyteidl2/core/catalog";
import {
  type ActionMetadata,
  ActionMetadataSchema,
  ActionType,
  ErrorInfoSchema,
} from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { ROOT_ACTION } from "../store/actions.ts";
import type { AttemptRow } from "../store/attempts.ts";
import type { Database } from "../store/database.ts";
import type { ActionState, AttemptState, RunTreeState, Scope } from "./live-state.ts";
import { msOf, msOrNull, phaseName } from "./phase-name.ts";
import { MESSAGE_LENGTH, messageOf, RUN_COLUMNS, type RunColumns, runStateOf } from "./runs-state.ts";

/** Actions of one run that the page is told. */
export const MAX_ACTIONS = 2000;

interface ActionColumns extends RunColumns {
  readonly name: string;
  readonly parent: string;
  readonly kind: ActionType;
  readonly cache_status: number;
  readonly task_version: string;
  readonly metadata: Uint8Array;
}

export interface RunQuery extends Scope {
  readonly run: string;
}

/** Reads a run with its actions and their attempts. */
export function runTreeReader(db: Database): (query: RunQuery) => RunTreeState {
  const ofRun = "FROM actions WHERE project = ? AND domain = ? AND run = ?";
  const first = `${ofRun} ORDER BY name <> '${ROOT_ACTION}', created_at, id LIMIT ${MAX_ACTIONS}`;
  const list = db.prepare(`SELECT ${RUN_COLUMNS}, name, parent, kind, cache_status, task_version, metadata ${first}`);
  const attempts = db.prepare(
    `SELECT * FROM attempts WHERE action_id IN (SELECT id ${first}) ORDER BY action_id, attempt`,
  );
  const count = db.prepare(`SELECT count(*) AS total ${ofRun}`);
  return ({ project, domain, run }) => {
    const rows = list.all(project, domain, run) as unknown as ActionColumns[];
    const root = rows.find(({ name }) => name === ROOT_ACTION);
    if (!root) return { run: null, actions: [], total: 0 };
    const tries = new Map<number, AttemptRow[]>();
    for (const row of attempts.all(project, domain, run) as unknown as AttemptRow[]) {
      const ofAction = tries.get(row.action_id);
      if (ofAction) ofAction.push(row);
      else tries.set(row.action_id, [row]);
    }
    const { executedBy } = fromBinary(ActionMetadataSchema, root.metadata);
    const principal = executedBy?.principal;
    return {
      run: {
        ...runStateOf(root),
        version: root.task_version,
        author: principal?.case === "user" ? (principal.value.id?.subject ?? "") : "",
      },
      actions: rows.map((row) => actionStateOf(row, tries.get(row.id) ?? [])),
      total: rows.length < MAX_ACTIONS ? rows.length : Number(count.get(project, domain, run)?.total ?? 0),
    };
  };
}

function actionStateOf(row: ActionColumns, attempts: readonly AttemptRow[]): ActionState {
  const { name, parent, kind, task_name, phase, created_at, ended_at, cache_status } = row;
  const metadata = fromBinary(ActionMetadataSchema, row.metadata);
  const cache = CatalogCacheStatus[cache_status] ?? "";
  return {
    name,
    parent,
    kind: kind === ActionType.TRACE ? "trace" : kind === ActionType.CONDITION ? "condition" : "task",
    title: titleOf(metadata) || task_name || name,
    task: metadata.spec.case === "task" ? task_name : "",
    group: metadata.group,
    phase: phaseName(phase),
    createdMs: msOf(created_at),
    endedMs: msOrNull(ended_at),
    cache: cache === "CACHE_DISABLED" ? "" : cache.replace(/^CACHE_/, "").toLowerCase(),
    message: messageOf(row).slice(0, MESSAGE_LENGTH),
    attempts: attempts.map(attemptStateOf),
  };
}

function titleOf({ spec }: ActionMetadata): string {
  if (spec.case === "task") return spec.value.shortName;
  return spec.value?.name ?? "";
}

function attemptStateOf({ attempt, phase, queued_at, running_at, ended_at, pid, error }: AttemptRow): AttemptState {
  return {
    attempt,
    phase: phaseName(phase),
    queuedMs: msOrNull(queued_at),
    runningMs: msOrNull(running_at),
    endedMs: msOrNull(ended_at),
    hasLog: pid !== null,
    message: error ? fromBinary(ErrorInfoSchema, error).message.slice(0, MESSAGE_LENGTH) : "",
  };
}
