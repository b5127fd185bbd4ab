import type { AppSupervisor } from "../apps/supervisor.ts";
import type { AppStore } from "../store/apps.ts";
import type { Database } from "../store/database.ts";
import { tasks } from "../store/tasks.ts";
import { TriggerStore } from "../store/triggers.ts";
import { appsReader } from "./apps-state.ts";
import { runTreeReader } from "./run-tree-state.ts";
import { runsReader } from "./runs-state.ts";
import { tasksReader } from "./tasks-state.ts";
import { triggersReader } from "./triggers-state.ts";

export interface LiveView {
  /** What tells it from others: streams of the same view share one. */
  readonly key: string;
  readonly read: () => unknown;
  /** Whether it also changes without an event. */
  readonly polled: boolean;
}

const MAX_TEXT = 512;

/**
 * The view that `?view=runs&project=…&domain=…` asks for: `runs` (`phase` by commas, `task`, `q`, `before`), `run`
 * (`run`), `tasks` (`q`, `offset`), `triggers`, `apps`. Undefined for one that there is not.
 */
export function liveViews(
  db: Database,
  apps: AppStore,
  supervisor: AppSupervisor,
): (params: URLSearchParams) => LiveView | undefined {
  const triggers = new TriggerStore(db);
  const read = {
    runs: runsReader(db),
    run: runTreeReader(db),
    tasks: tasksReader(tasks(db), triggers),
    triggers: triggersReader(triggers),
    apps: appsReader(apps, supervisor),
  };
  return (params) => {
    const text = (name: string) => (params.get(name) ?? "").slice(0, MAX_TEXT);
    const scope = { project: text("project"), domain: text("domain") };
    const view = (query: object, reader: () => unknown, polled = false): LiveView => ({
      key: JSON.stringify([text("view"), query]),
      read: reader,
      polled,
    });
    switch (text("view")) {
      case "runs": {
        const phases = text("phase").split(",").filter(Boolean);
        const query = { ...scope, phases, task: text("task"), search: text("q"), before: text("before") };
        return view(query, () => read.runs(query));
      }
      case "run": {
        const query = { ...scope, run: text("run") };
        return view(query, () => read.run(query));
      }
      case "tasks": {
        const query = { ...scope, search: text("q"), offset: Number(/^\d{1,9}$/.exec(text("offset"))?.[0] ?? 0) };
        // A deployment of a task is no event.
        return view(query, () => read.tasks(query), true);
      }
      case "triggers":
        return view(scope, () => read.triggers(scope));
      case "apps":
        return view(scope, () => read.apps(scope));
      default:
        return undefined;
    }
  };
}
