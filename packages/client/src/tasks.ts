import { FlyteWebhookError } from "@flyte-webhook/core";
import { Filter_Function, type Sort, Sort_Direction } from "@flyte-webhook/idl/flyteidl2/common/list";
import type { Task, TaskDetails } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { allPages } from "./all-pages.ts";
import type { CallOptions } from "./caller.ts";
import type { Connection } from "./connection.ts";
import { projectId } from "./project-id.ts";
import { type WantedFields, wantedFields } from "./transport/wanted-fields.ts";

export type { Task, TaskDetails };

export interface TaskName {
  readonly project: string;
  readonly domain: string;
  readonly name: string;
}

/** Pages looked at for the latest version: a plane that answers empty pages with a token must not keep us for ever. */
const MAX_PAGES = 10;

export class Tasks {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The tasks of the connection's project and domain in their latest version, the newest first; `limit` of them, else all. */
  async list({ limit, ...options }: CallOptions & { readonly limit?: number | undefined } = {}): Promise<Task[]> {
    const { origin, scope } = this.#connection;
    const value = { organization: scope.org, domain: scope.domain, name: scope.project };
    const sortBy = { key: "created_at", direction: Sort_Direction.DESCENDING };
    const read = async (page: { limit: number; token: string }) => {
      const request = { request: { ...page, sortBy }, scopeBy: { case: "projectId", value } } as const;
      const { tasks, token } = await this.#connection.unary(TaskService.method.listTasks, request, options);
      return { items: tasks, token };
    };
    return allPages(origin, read, limit);
  }

  /** The version of a task that was deployed last. Throws `not_found`. */
  async latest(task: TaskName, options?: CallOptions): Promise<string> {
    const scope = { org: this.#connection.scope.org, project: task.project, domain: task.domain };
    let token = "";
    for (let page = 0; page < MAX_PAGES; page++) {
      const { tasks, token: next } = await this.#connection.unary(
        TaskService.method.listTasks,
        {
          $typeName: "flyteidl2.task.ListTasksRequest",
          request: {
            $typeName: "flyteidl2.common.ListRequest",
            limit: 1,
            token,
            sortBy: NEWEST_FIRST,
            filters: [
              {
                $typeName: "flyteidl2.common.Filter",
                function: Filter_Function.EQUAL,
                field: "name",
                values: [task.name],
              },
            ],
            rawFilters: [],
            sortByFields: [],
          },
          scopeBy: { case: "projectId", value: projectId(scope) },
          knownFilters: [],
        },
        { ...options, fields: VERSION },
      );
      const version = tasks[0]?.taskId?.version;
      if (version !== undefined) return version;
      if (next === "" || next === token) break;
      token = next;
    }
    throw notFound(task, undefined);
  }

  /** A task as it was deployed; the latest version when none (or an empty one) is given. Throws `not_found`. */
  get(task: TaskName, version?: string, options?: CallOptions): Promise<TaskDetails> {
    return this.#read(task, version, options);
  }

  /** A task's identifier, inputs and their defaults: what it takes to run it. Throws `not_found`. */
  runnable(task: TaskName, version?: string, options?: CallOptions): Promise<TaskDetails> {
    return this.#read(task, version, options, RUNNABLE);
  }

  async #read(task: TaskName, version?: string, options?: CallOptions, fields?: WantedFields): Promise<TaskDetails> {
    const { org } = this.#connection.scope;
    try {
      const exact = version || (await this.latest(task, options));
      const { details } = await this.#connection.unary(
        TaskService.method.getTaskDetails,
        {
          $typeName: "flyteidl2.task.GetTaskDetailsRequest",
          taskId: {
            $typeName: "flyteidl2.task.TaskIdentifier",
            org,
            project: task.project,
            domain: task.domain,
            name: task.name,
            version: exact,
          },
        },
        { ...options, fields },
      );
      if (details) return details;
    } catch (error) {
      if (!(error instanceof FlyteWebhookError && error.code === "not_found")) throw error;
    }
    throw notFound(task, version);
  }
}

const NEWEST_FIRST: Sort = {
  $typeName: "flyteidl2.common.Sort",
  key: "created_at",
  direction: Sort_Direction.DESCENDING,
};

const VERSION = wantedFields(TaskService.method.listTasks.output, {
  tasks: { taskId: { version: true } },
  token: true,
});

/** Without the container, its resources and its texts, which are most of a task. */
const RUNNABLE = wantedFields(TaskService.method.getTaskDetails.output, {
  details: {
    taskId: true,
    spec: { taskTemplate: { interface: { inputs: true } }, defaultInputs: true },
  },
});

/** The text of the Python webhook, which clients may show. */
function notFound(task: TaskName, version: string | undefined): FlyteWebhookError {
  const where = `${task.domain}/${task.project}`;
  return new FlyteWebhookError(
    "not_found",
    `Task ${task.name} with version ${version || "latest"} in ${where} not found`,
  );
}
