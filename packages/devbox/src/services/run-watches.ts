import type { HandlerContext } from "@connectrpc/connect";
import { type Filter, Filter_Function } from "@flyte-webhook/idl/flyteidl2/common/list";
import {
  type WatchActionsRequest,
  WatchActionsResponseSchema,
  type WatchGroupsRequest,
  type WatchRunsRequest,
  WatchRunsResponseSchema,
} from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import type { DevboxContext } from "../context.ts";
import { rpcError } from "../rpc-error.ts";
import { type ActionKey, type ActionRow, type ActionSummary, type Actions, ROOT_ACTION } from "../store/actions.ts";
import type { AttemptRow, Attempts } from "../store/attempts.ts";
import type { Condition } from "../store/list-query.ts";
import { microsOf } from "../store/time.ts";
import { requireRun } from "./names.ts";
import { actionWithMetadata, isOver, runOf } from "./run-messages.ts";
import { taskGroupsOf } from "./task-groups.ts";
import { topics, watchChanges } from "./watch-changes.ts";
import { writtenOnce } from "./written-once.ts";

/** Runs of the first message of a watch, newest first, as on a real plane. */
const FIRST_BATCH = 100;
const MAX_GROUPED = 10_000;
const NEWEST_FIRST = "created_at DESC";

export interface RunWatchStores {
  readonly actions: Actions;
  readonly attempts: Attempts;
}

/** The action now and after each change, until nothing can follow. Throws `not_found`. */
export async function* watchAction<T>(
  key: ActionKey,
  show: (row: ActionRow, attempts: AttemptRow[]) => T,
  { actions, attempts }: RunWatchStores,
  { events }: DevboxContext,
  { signal }: HandlerContext,
): AsyncGenerator<T> {
  const same = watchChanges(events, signal, topics.action(key));
  const current = () => {
    const row = actions.get(key);
    if (!row) throw rpcError.notFound(`action not found: ${key.project}/${key.domain}/${key.run}/${key.action}`);
    return { row, of: attempts.of(row.id) };
  };
  const first = current();
  yield show(first.row, first.of);
  if (isOver(first.row, first.of)) return;
  for await (const batch of same) {
    const { row, of } = batch.once("state", current);
    yield show(row, of);
    if (isOver(row, of)) return;
  }
}

/** The newest runs of the target, then each that is new or changed. Never ends by itself. */
export async function* watchRuns(
  { target }: WatchRunsRequest,
  { actions }: RunWatchStores,
  { events }: DevboxContext,
  { signal, requestHeader }: HandlerContext,
) {
  const scope = targetOf(target);
  const where = [ROOT, ...scope];
  const what = JSON.stringify(scope);
  const changes = watchChanges(events, signal, topics.runs);
  const first = actions.list({ where, order: NEWEST_FIRST, limit: FIRST_BATCH, offset: 0 });
  if (first.length > 0) yield { runs: first.map(runOf) };
  for await (const batch of changes) {
    const message = batch.once(what, () => {
      const rows = [...batch].flatMap(({ project, domain, run }) =>
        actions.list({
          where: [...where, { sql: "project = ? AND domain = ? AND run = ?", params: [project, domain, run] }],
          order: NEWEST_FIRST,
          limit: 1,
          offset: 0,
        }),
      );
      return rows.length > 0 ? writtenOnce(WatchRunsResponseSchema, { runs: rows.map(runOf) }) : undefined;
    });
    if (message) yield message(requestHeader);
  }
}

export const ROOT: Condition = { sql: "name = ?", params: [ROOT_ACTION] };

function targetOf(target: WatchRunsRequest["target"]): Condition[] {
  switch (target.case) {
    case "projectId":
      return [{ sql: "project = ? AND domain = ?", params: [target.value.name, target.value.domain] }];
    case "taskId": {
      const { project, domain, name, version } = target.value;
      return [
        {
          sql: "project = ? AND domain = ? AND task_name = ? AND task_version = ?",
          params: [project, domain, name, version],
        },
      ];
    }
    // There is one organization and one cluster: this one.
    case "org":
    case "clusterId":
      return [];
    default:
      throw rpcError.invalidArgument("a target is required: project_id, task_id, org or cluster_id");
  }
}

/** All actions of a run that meet the filters, then each that changes. Never ends by itself, also for an unknown run. */
export async function* watchActions(
  request: WatchActionsRequest,
  { actions }: RunWatchStores,
  { events }: DevboxContext,
  { signal, requestHeader }: HandlerContext,
) {
  const { project, domain, name } = requireRun(request.runId);
  const meets = actionFilter(request.filter);
  const what = JSON.stringify(request.filter.map(({ field, function: name, values }) => [field, name, values]));
  const changes = watchChanges(events, signal, topics.run(project, domain, name));
  const enriched = (rows: ActionSummary[]) =>
    rows.filter(meets).map((row) => ({ action: actionWithMetadata(row), meetsFilter: true }));
  const where = [{ sql: "project = ? AND domain = ? AND run = ?", params: [project, domain, name] }];
  const first = enriched(actions.list({ where, order: "created_at ASC", limit: -1, offset: 0 }));
  if (first.length > 0) yield { enrichedActions: first };
  for await (const batch of changes) {
    const rows = batch.once("summaries", () => [...batch].flatMap((change) => actions.summary(change) ?? []));
    const message = batch.once(what, () => {
      const enrichedActions = enriched(rows);
      return enrichedActions.length > 0 ? writtenOnce(WatchActionsResponseSchema, { enrichedActions }) : undefined;
    });
    if (message) yield message(requestHeader);
  }
}

/** Watches of actions have filters of their own: `PHASE` among numbers and `NAME` containing, in upper case. */
function actionFilter(filters: readonly Filter[]): (row: ActionSummary) => boolean {
  const tests = filters.map(({ field, function: name, values }) => {
    if (field === "PHASE" && name === Filter_Function.VALUE_IN) {
      if (!values.every((value) => /^\d{1,2}$/.test(value)))
        throw rpcError.invalidArgument("PHASE takes numbers of phases");
      const phases = new Set(values.map(Number));
      return (row: ActionSummary) => phases.has(row.phase);
    }
    if (field === "NAME" && name === Filter_Function.CONTAINS_CASE_INSENSITIVE) {
      return (row: ActionSummary) => values.some((value) => row.name.toLowerCase().includes(value.toLowerCase()));
    }
    throw rpcError.invalidArgument(
      `unsupported filter of actions: ${field.slice(0, 100)} ${Filter_Function[name] ?? name}`,
    );
  });
  return (row) => tests.every((test) => test(row));
}

/** Runs since a date by task; with an end date once, else again for each task whose runs change. */
export async function* watchGroups(
  { scopeBy, startDate, endDate }: WatchGroupsRequest,
  { actions }: RunWatchStores,
  { events }: DevboxContext,
  { signal }: HandlerContext,
) {
  if (scopeBy.case !== "projectId") throw rpcError.invalidArgument("project_id is required");
  const { name, domain } = scopeBy.value;
  const where: Condition[] = [
    ROOT,
    {
      sql: "project = ? AND domain = ? AND created_at >= ?",
      params: [name, domain, startDate ? microsOf(startDate) : 0],
    },
  ];
  if (endDate) where.push({ sql: "created_at <= ?", params: [microsOf(endDate)] });
  const changes = watchChanges(events, signal, topics.domain(name, domain));
  const groups = () => taskGroupsOf(actions.list({ where, order: NEWEST_FIRST, limit: MAX_GROUPED, offset: 0 }));
  yield { taskGroups: groups(), sentinel: true };
  if (endDate) return;
  for await (const batch of changes) {
    const changed = new Set([...batch].map((change) => actions.summary(change)?.task_name));
    yield { taskGroups: groups().filter(({ taskName }) => changed.has(taskName)), sentinel: false };
  }
}
