import type { ConnectRouter } from "@connectrpc/connect";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { type ListRunsRequest, RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import type { DevboxContext } from "../context.ts";
import { type NewerListRuns, newer } from "../newer-fields.ts";
import { rpcError } from "../rpc-error.ts";
import { type Caller, callerKey } from "../server/caller.ts";
import { ACTION_COLUMNS, type ActionKey, type ActionRow } from "../store/actions.ts";
import type { AttemptRow } from "../store/attempts.ts";
import { type Condition, conditionsOf, orderOf, pageOf } from "../store/list-query.ts";
import { labelCondition } from "../store/run-labels.ts";
import { timestampOf } from "../store/time.ts";
import type { Executor } from "../tasks/executor.ts";
import { podName } from "../tasks/task-environment.ts";
import { type CreateRunStores, createRun } from "./create-run.ts";
import { requireAction, requireRun, rootAction } from "./names.ts";
import { actionDetailsOf, actionOf, hasOutputs, isOver, outputUri, runDetailsOf, runOf } from "./run-messages.ts";
import { ROOT, type RunWatchStores, watchAction, watchActions, watchGroups, watchRuns } from "./run-watches.ts";

const DEFAULT_REASON = "User requested abort";
const MAX_REASON = 4096;

export type RunStores = CreateRunStores & RunWatchStores;

export function registerRunService(
  router: ConnectRouter,
  stores: RunStores,
  executor: Executor,
  context: DevboxContext,
): void {
  const { actions, attempts } = stores;
  const { dir } = context;

  const abort = (key: ActionKey, reason: string, caller: Caller, notFound: string) => {
    if (reason.length > MAX_REASON) throw rpcError.invalidArgument(`the reason has more than ${MAX_REASON} characters`);
    const row = actions.summary(key);
    if (!row) throw rpcError.notFound(notFound);
    const by = caller.identified ? caller.subject : undefined;
    executor.abort({ ...key, id: row.id }, { reason: reason || DEFAULT_REASON, by });
    return {};
  };

  const found = (key: ActionKey): ActionRow => {
    const row = actions.get(key);
    if (!row) throw rpcError.notFound(`action not found: ${key.action}`);
    return row;
  };

  const showDetails = (row: ActionRow, of: AttemptRow[]) => ({ details: actionDetailsOf(row, of, dir) });

  router.service(RunService, {
    createRun: (request, { values }) => {
      const { row, created } = createRun(request, values.get(callerKey), stores, context);
      if (created) {
        context.events.emit("run", { project: row.project, domain: row.domain, run: row.run, action: row.name });
        executor.wake();
      }
      return { run: runOf(row) };
    },
    abortRun: ({ runId, reason }, { values }) => {
      const run = requireRun(runId);
      return abort(rootAction(run), reason ?? "", values.get(callerKey), runText(run));
    },
    abortAction: ({ actionId, reason }, { values }) => {
      const key = requireAction(actionId);
      return abort(key, reason, values.get(callerKey), `action not found: ${key.action}`);
    },
    getRunDetails: ({ runId }) => {
      const run = requireRun(runId);
      const row = actions.get(rootAction(run));
      if (!row) throw rpcError.notFound(runText(run));
      return { details: runDetailsOf(row, attempts.of(row.id), dir) };
    },
    getActionDetails: ({ actionId }) => {
      const row = found(requireAction(actionId));
      return showDetails(row, attempts.of(row.id));
    },
    getActionData: () => {
      throw rpcError.unimplemented(
        "RunService.GetActionData is deprecated; use DataProxyService.GetActionData instead",
      );
    },
    getActionDataURIs: ({ actionId }) => {
      const row = found(requireAction(actionId));
      return { inputsUri: row.input_uri, outputsUri: hasOutputs(row) ? outputUri(row, row.attempts, dir) : "" };
    },
    getActionLogContext: ({ actionId, attempt }) => {
      const key = requireAction(actionId);
      return { logContext: logContextOf(key, attempts.get(actions.summary(key)?.id ?? 0, attempt), attempt) };
    },
    listRuns: (message) => {
      const { request, scopeBy } = message;
      const { limit, offset } = pageOf(request);
      const filters = request?.filters ?? [];
      const byColumn = filters.filter((filter) => labelCondition(filter) === undefined);
      const where = [ROOT, ...scopeOf(scopeBy), ...conditionsOf(byColumn, ACTION_COLUMNS)];
      where.push(...filters.flatMap((filter) => labelCondition(filter) ?? []));
      if (newer<NewerListRuns>(message).pausedActionsOnly) where.push(HAS_PAUSED);
      const order = orderOf(request, ACTION_COLUMNS, "created_at DESC");
      const rows = actions.list({ where, order, limit: limit + 1, offset });
      return { runs: rows.slice(0, limit).map(runOf), token: rows.length > limit ? String(offset + limit) : "" };
    },
    listActions: ({ request, runId }) => {
      const { project, domain, name } = requireRun(runId);
      const { limit, offset } = pageOf(request);
      const ofRun = { sql: "project = ? AND domain = ? AND run = ?", params: [project, domain, name] };
      const where = [ofRun, ...conditionsOf(request?.filters ?? [], ACTION_COLUMNS)];
      const order = orderOf(request, ACTION_COLUMNS, "created_at ASC");
      const rows = actions.list({ where, order, limit: limit + 1, offset });
      return { actions: rows.slice(0, limit).map(actionOf), token: rows.length > limit ? String(offset + limit) : "" };
    },
    watchRunDetails: ({ runId }, handler) =>
      watchAction(
        rootAction(requireRun(runId)),
        (row, of) => ({ details: runDetailsOf(row, of, dir) }),
        stores,
        context,
        handler,
      ),
    watchActionDetails: ({ actionId }, handler) =>
      watchAction(requireAction(actionId), showDetails, stores, context, handler),
    watchRuns: (request, handler) => watchRuns(request, stores, context, handler),
    watchActions: (request, handler) => watchActions(request, stores, context, handler),
    watchGroups: (request, handler) => watchGroups(request, stores, context, handler),
    /** A process has no events of a cluster; the watch tells only when there can be none any more. */
    watchClusterEvents: async function* ({ id }, handler) {
      const states = watchAction(requireAction(id), (row, of) => isOver(row, of), stores, context, handler);
      for await (const over of states) if (over) return;
    },
  });
}

/** The pod that a real plane would have made; what needs no process has none. Throws `not_found`. */
export function logContextOf(
  { project, domain, run, action }: ActionKey,
  row: AttemptRow | undefined,
  attempt: number,
) {
  const what = `found for action ${project}/${domain}/${run}/${action} attempt ${attempt}`;
  if (!row) throw rpcError.notFound(`no event ${what}`);
  if (row.pid === null) throw rpcError.notFound(`no log context ${what}`);
  const name = podName({ project, domain, run, action }, attempt);
  const process = {
    ...(row.running_at !== null && { containerStartTime: timestampOf(row.running_at) }),
    ...(row.ended_at !== null && { containerEndTime: timestampOf(row.ended_at) }),
  };
  const containers = [{ containerName: name, process }];
  return {
    pods: [{ namespace: "flyte", podName: name, containers, primaryContainerName: name }],
    primaryPodName: name,
  };
}

/** A run with an action, at any depth, that waits for a signal. */
const HAS_PAUSED: Condition = {
  sql: `EXISTS (SELECT 1 FROM actions c WHERE c.project = actions.project AND c.domain = actions.domain
    AND c.run = actions.run AND c.phase = ?)`,
  params: [ActionPhase.PAUSED],
};

function runText({ project, domain, name }: { project: string; domain: string; name: string }): string {
  return `run not found: ${project}/${domain}/${name}`;
}

function scopeOf(scope: ListRunsRequest["scopeBy"]): Condition[] {
  switch (scope.case) {
    case "org":
      return [];
    case "projectId": {
      const { name, domain } = scope.value;
      return [
        { sql: "project = ?", params: [name] },
        ...(domain === "" ? [] : [{ sql: "domain = ?", params: [domain] }]),
      ];
    }
    case "taskName":
    case "taskId": {
      const { project, domain, name } = scope.value;
      const version = scope.case === "taskId" ? [{ sql: "task_version = ?", params: [scope.value.version] }] : [];
      return [{ sql: "project = ? AND domain = ? AND task_name = ?", params: [project, domain, name] }, ...version];
    }
    case "triggerName": {
      const { project, domain, name, taskName } = scope.value;
      return [
        {
          sql: "project = ? AND domain = ? AND trigger_name = ? AND task_name = ?",
          params: [project, domain, name, taskName],
        },
      ];
    }
    default:
      throw rpcError.invalidArgument("a scope is required: project_id, task_name, task_id, trigger_name or org");
  }
}
