import { clone } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import type { TriggerName } from "@flyte-webhook/idl/flyteidl2/common/identifier";
import { TriggerSpecSchema } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_definition";
import { type ListTriggersRequest, TriggerService } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_service";
import type { DevboxContext } from "../context.ts";
import { rpcError } from "../rpc-error.ts";
import { transaction } from "../store/database.ts";
import { type Condition, conditionsOf, orderOf, pageOf } from "../store/list-query.ts";
import type { Projects } from "../store/projects.ts";
import type { Tasks } from "../store/tasks.ts";
import { nowMicros } from "../store/time.ts";
import { LIVE, REVISION_COLUMNS, TRIGGER_COLUMNS, type TriggerRow } from "../store/trigger-rows.ts";
import type { TriggerStore } from "../store/triggers.ts";
import { deployTrigger } from "../triggers/deploy-trigger.ts";
import { scheduleOf } from "../triggers/schedule.ts";
import { revisionDetailsOf, revisionOf, triggerDetailsOf, triggerOf } from "../triggers/trigger-messages.ts";
import { checkKnownProject, checkTaskId, checkTriggerName } from "./names.ts";
import { taskNotFound, triggerNotFound } from "./not-found.ts";

export interface TriggerStores {
  readonly triggers: TriggerStore;
  readonly tasks: Tasks;
  readonly projects: Projects;
}

const ACTIVE_THEN_NEWEST = "active DESC, updated_at DESC";
const NEWEST_FIRST = "revision DESC";

export function registerTriggerService(router: ConnectRouter, stores: TriggerStores, context: DevboxContext): void {
  const { triggers, tasks, projects } = stores;
  const { db, events, dir } = context;

  /** Also one that is deleted: its history stays. */
  const everDeployed = (name: TriggerName | undefined): TriggerRow => {
    const row = name && (triggers.find(name) ?? triggers.get(name));
    if (!row) throw name ? triggerNotFound(name) : nameMissing();
    return row;
  };

  router.service(TriggerService, {
    deployTrigger: ({ name, revision, spec, automationSpec }) => {
      if (!name) throw nameMissing();
      if (!spec) throw rpcError.invalidArgument("spec is required");
      checkKnownProject(projects, name.project);
      checkTriggerName(name.name);
      const { project, domain, taskName } = name;
      const taskId = { project, domain, name: taskName, version: spec.taskVersion };
      checkTaskId(taskId);
      const found = tasks.get(taskId);
      if (!found) throw taskNotFound(taskId);
      const key = { project, domain, taskName, name: name.name };
      const deployment = { key, spec, automation: automationSpec, revision, task: found.spec };
      const row = transaction(db, () => deployTrigger(deployment, triggers, dir));
      events.emit("trigger", key);
      return { trigger: { ...triggerDetailsOf(row), spec: row.spec } };
    },
    getTriggerDetails: ({ name }) => {
      if (!name) throw nameMissing();
      const row = triggers.get(name);
      if (!row) throw triggerNotFound(name);
      return { trigger: triggerDetailsOf(row) };
    },
    getTriggerRevisionDetails: ({ id }) => {
      const row = everDeployed(id?.name);
      const is = { sql: "revision = ?", params: [Number(id?.revision ?? 0n)] };
      const [found] = triggers.revisions(row, { where: [is], order: NEWEST_FIRST, limit: 1, offset: 0 });
      if (!found)
        throw rpcError.notFound(`trigger ${JSON.stringify(row.key.name)} has no revision ${id?.revision ?? 0n}`);
      return { trigger: revisionDetailsOf(row.key, found) };
    },
    listTriggers: ({ request, scopeBy }) => {
      const { limit, offset } = pageOf(request);
      const filters = conditionsOf(request?.filters ?? [], TRIGGER_COLUMNS);
      const order = orderOf(request, TRIGGER_COLUMNS, ACTIVE_THEN_NEWEST);
      const where = [LIVE, ...scopeOf(scopeBy), ...filters];
      const rows = triggers.list({ where, order, limit: limit + 1, offset });
      return { triggers: rows.slice(0, limit).map(triggerOf), token: rows.length > limit ? `${offset + limit}` : "" };
    },
    getTriggerRevisionHistory: ({ name, request }) => {
      const { limit, offset } = pageOf(request);
      const where = conditionsOf(request?.filters ?? [], REVISION_COLUMNS);
      const order = orderOf(request, REVISION_COLUMNS, NEWEST_FIRST);
      if (!name) throw nameMissing();
      // As on a real plane, what was never there has an empty history.
      const row = triggers.find(name) ?? triggers.get(name);
      if (!row) return { triggers: [], token: "" };
      const rows = triggers.revisions(row, { where, order, limit: limit + 1, offset });
      const page = rows.slice(0, limit).map((revision) => revisionOf(row.key, revision));
      return { triggers: page, token: rows.length > limit ? `${offset + limit}` : "" };
    },
    // A real plane passes over names that are not there, and answers as if all were switched.
    updateTriggers: ({ names, active }) => {
      const changed = transaction(db, () =>
        names.flatMap((name) => {
          const row = name.taskName === "" ? undefined : triggers.get(name);
          if (!row) throw triggerNotFound(name);
          return row.active === active ? [] : [switched(row, active, triggers)];
        }),
      );
      for (const { key } of changed) events.emit("trigger", key);
      return {};
    },
    deleteTriggers: ({ names }) => {
      const deleted = transaction(db, () =>
        names.flatMap((name) => {
          const row = name.taskName === "" ? undefined : triggers.get(name);
          if (row) triggers.delete(row, nowMicros());
          return row ? [row] : [];
        }),
      );
      for (const { key } of deleted) events.emit("trigger", key);
      return {};
    },
  });
}

/** Switching on begins the schedule anew: what would have fired meanwhile is not made up for. */
function switched(row: TriggerRow, active: boolean, triggers: TriggerStore): TriggerRow {
  const spec = clone(TriggerSpecSchema, row.spec);
  spec.active = active;
  const nextAt = active ? scheduleOf(row.key.name, row.automation)?.after(Date.now() * 1000) : undefined;
  return triggers.setActive(row, spec, nowMicros(), nextAt ?? null);
}

function scopeOf(scope: ListTriggersRequest["scopeBy"]): Condition[] {
  switch (scope.case) {
    case "org":
      return [];
    case "projectId": {
      const { name, domain } = scope.value;
      const ofDomain = domain === "" ? [] : [{ sql: "domain = ?", params: [domain] }];
      return [{ sql: "project = ?", params: [name] }, ...ofDomain];
    }
    case "taskName":
    case "taskId": {
      const { project, domain, name } = scope.value;
      const version = scope.case === "taskId" ? [{ sql: "task_version = ?", params: [scope.value.version] }] : [];
      return [{ sql: "project = ? AND domain = ? AND task_name = ?", params: [project, domain, name] }, ...version];
    }
    default:
      throw rpcError.invalidArgument("a scope is required: project_id, task_name, task_id or org");
  }
}

function nameMissing() {
  return rpcError.invalidArgument("name is required");
}
