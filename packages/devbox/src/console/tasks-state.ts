import type { Tasks } from "../store/tasks.ts";
import type { TriggerStore } from "../store/triggers.ts";
import type { Scope, TasksState } from "./live-state.ts";
import { msOf } from "./phase-name.ts";

export const TASKS_PAGE = 100;

export interface TasksQuery extends Scope {
  /** Part of the name, in whatever case. */
  readonly search: string;
  readonly offset: number;
}

/** Reads pages of tasks. */
export function tasksReader(tasks: Tasks, triggers: TriggerStore): (query: TasksQuery) => TasksState {
  return ({ project, domain, search, offset }) => {
    const { rows, filteredTotal } = tasks.list({
      scope: [{ sql: "project = ? AND domain = ?", params: [project, domain] }],
      filters: search === "" ? [] : [{ sql: "instr(lower(name), lower(?)) > 0", params: [search] }],
      order: "created_at DESC, name",
      limit: TASKS_PAGE,
      offset,
    });
    return {
      total: filteredTotal,
      tasks: rows.map((row) => {
        const signature = tasks.get(row)?.spec.taskTemplate?.interface;
        return {
          project,
          domain,
          name: row.name,
          version: row.version,
          environment: row.environment,
          description: row.short_description,
          deployedMs: msOf(row.created_at),
          inputs: signature?.inputs?.variables.map(({ key }) => key) ?? [],
          outputs: signature?.outputs?.variables.map(({ key }) => key) ?? [],
          triggers: triggers.ofTask(project, domain, row.name).map(({ key }) => key.name),
        };
      }),
    };
  };
}
