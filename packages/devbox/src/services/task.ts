import { clone } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { type TaskSpec, TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import type { DevboxContext } from "../context.ts";
import { rpcError } from "../rpc-error.ts";
import { transaction } from "../store/database.ts";
import { type Condition, conditionsOf, orderOf, pageOf } from "../store/list-query.ts";
import { TASK_COLUMNS, type TaskRow, VERSION_COLUMNS } from "../store/tasks.ts";
import { timestampOf } from "../store/time.ts";
import { deployEmbedded } from "../triggers/deploy-embedded.ts";
import { triggersSummaryOf } from "../triggers/trigger-messages.ts";
import { checkDomain, checkKnownProject, checkTaskId, checkTriggerName } from "./names.ts";
import { taskNotFound } from "./not-found.ts";
import type { TriggerStores } from "./trigger.ts";

const NEWEST_FIRST = "created_at DESC";
/** Characters of descriptions that are kept. */
const MAX_SHORT_DESCRIPTION = 255;
const MAX_LONG_DESCRIPTION = 2048;

export function registerTaskService(
  router: ConnectRouter,
  { tasks, projects, triggers }: TriggerStores,
  { db, events, dir }: DevboxContext,
): void {
  const metadataOf = (row: TaskRow) => {
    const triggersSummary = triggersSummaryOf(triggers.ofTask(row.project, row.domain, row.name));
    return { ...taskMetadataOf(row), ...(triggersSummary && { triggersSummary }) };
  };

  router.service(TaskService, {
    deployTask: ({ taskId, spec, triggers: embedded }) => {
      if (!taskId) throw rpcError.invalidArgument("task_id is required");
      if (!spec) throw rpcError.invalidArgument("spec is required");
      checkKnownProject(projects, taskId.project);
      checkTaskId(taskId);
      for (const trigger of embedded) checkTriggerName(trigger.name);
      const { project, domain, name, version } = taskId;
      const stored = shortened(spec);
      const environment = stored.environment?.name ?? "";
      const short_description = stored.documentation?.shortDescription ?? "";
      const changed = transaction(db, () => {
        tasks.deploy({ project, domain, name, version, environment, short_description }, stored);
        return deployEmbedded(embedded, { project, domain, name, version }, stored, triggers, dir);
      });
      for (const { key } of changed) events.emit("trigger", key);
      return {};
    },
    getTaskDetails: ({ taskId }) => {
      if (!taskId) throw rpcError.invalidArgument("task_id is required");
      const found = tasks.get(taskId);
      if (!found) throw taskNotFound(taskId);
      return { details: { taskId: identifierOf(found.row), metadata: metadataOf(found.row), spec: found.spec } };
    },
    listTasks: ({ request, scopeBy, knownFilters }) => {
      const { limit, offset } = pageOf(request);
      const scope: Condition[] = [];
      if (scopeBy.case === "projectId") scope.push(inProject(scopeBy.value));
      else if (scopeBy.case === undefined) throw rpcError.invalidArgument("a scope is required: project_id or org");
      const filters = conditionsOf(request?.filters ?? [], TASK_COLUMNS);
      for (const { filterBy } of knownFilters) {
        // A task's deployer is not recorded, as on a real plane, which ignores is_entrypoint too.
        if (filterBy.case === "deployedBy") filters.push({ sql: "FALSE", params: [] });
      }
      const order = orderOf(request, TASK_COLUMNS, NEWEST_FIRST);
      const { rows, total, filteredTotal } = tasks.list({ scope, filters, order, limit, offset });
      return {
        tasks: rows.map((row) => ({ taskId: identifierOf(row), metadata: metadataOf(row), taskSummary: {} })),
        token: fullPageToken(rows, limit, offset),
        metadata: rows.length > 0 ? { total, filteredTotal } : {},
      };
    },
    listVersions: ({ request, taskName }) => {
      const { limit, offset } = pageOf(request);
      const order = orderOf(request, VERSION_COLUMNS, NEWEST_FIRST);
      const filters = conditionsOf(request?.filters ?? [], VERSION_COLUMNS);
      const { project = "", domain = "", name = "" } = taskName ?? {};
      const scope = [inProject({ name: project, domain }), { sql: "name = ?", params: [name] }];
      const rows = tasks.versions({ scope, filters, order, limit, offset });
      return {
        versions: rows.map(({ version, created_at }) => ({ version, deployedAt: timestampOf(created_at) })),
        token: fullPageToken(rows, limit, offset),
      };
    },
  });
}

/** The part of a task's name after its environment; what the spec says its short name is does not matter. */
export function shortNameOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function inProject({ name, domain }: { name: string; domain: string }): Condition {
  if (domain === "") return { sql: "project = ?", params: [name] };
  checkDomain(domain);
  return { sql: "project = ? AND domain = ?", params: [name, domain] };
}

function identifierOf({ project, domain, name, version }: TaskRow) {
  return { project, domain, name, version };
}

function taskMetadataOf({ name, environment, short_description, created_at }: TaskRow) {
  return {
    shortName: shortNameOf(name),
    deployedAt: timestampOf(created_at),
    environmentName: environment,
    shortDescription: short_description,
  };
}

/** Tasks and versions have a token whenever the page is full, even when nothing follows, as on a real plane. */
function fullPageToken(rows: readonly unknown[], limit: number, offset: number): string {
  return rows.length === limit ? String(offset + limit) : "";
}

function shortened(spec: TaskSpec): TaskSpec {
  const { environment, documentation } = spec;
  if (!environment?.description && !documentation) return spec;
  const copy = clone(TaskSpecSchema, spec);
  if (copy.environment) copy.environment.description = copy.environment.description.slice(0, MAX_SHORT_DESCRIPTION);
  if (copy.documentation) {
    copy.documentation.shortDescription = copy.documentation.shortDescription.slice(0, MAX_SHORT_DESCRIPTION);
    copy.documentation.longDescription = copy.documentation.longDescription.slice(0, MAX_LONG_DESCRIPTION);
  }
  return copy;
}
