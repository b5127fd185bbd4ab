import type { TasksState } from "../../src/console/live-state.ts";
import { useLive } from "../live.ts";
import { Empty, Loading } from "../parts/empty.tsx";
import { Heading } from "../parts/heading.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { Table } from "../parts/table.tsx";
import { Moment } from "../parts/time.tsx";
import { go, href, hrefWith, type Route } from "../route.ts";

/** The tasks of a project and domain, each by its newest version. */
export function TasksView({ route }: { route: Route }) {
  const { project, domain, params } = route;
  const [q, offset] = [params.get("q") ?? "", params.get("offset") ?? ""];
  const state = useLive<TasksState>("tasks", { project, domain, q, offset });
  return (
    <>
      <div class="head">
        <Heading title="Tasks" />
        <search class="filters">
          <SearchField
            label="Search tasks"
            hint="Name"
            text={q}
            onText={(text) => go(hrefWith(route, { q: text, offset: "" }), { replace: true })}
          />
        </search>
      </div>
      {!state ? <Loading /> : <Tasks state={state} route={route} offset={Number(offset)} />}
    </>
  );
}

function Tasks({ state: { tasks, total }, route, offset }: { state: TasksState; route: Route; offset: number }) {
  if (tasks.length === 0) {
    if (route.params.size > 0) return <Empty title="No task fits">Try a shorter search.</Empty>;
    return (
      <Empty title="No task yet">
        Deploy some with <code>flyte deploy</code>, or start the devbox with{" "}
        <code>--tasks examples/tasks/tasks.ts</code>
      </Empty>
    );
  }
  const next = offset + tasks.length;
  return (
    <>
      <Table label="Tasks" columns={["Task", "Inputs → outputs", "Version", "Deployed", "Triggers"]}>
        {tasks.map((task) => (
          <tr key={task.name}>
            <td>
              <a class="name" href={href(task, "tasks", task.name)}>
                {task.name}
              </a>
              {task.description && <div class="muted small">{task.description}</div>}
            </td>
            <td class="wide mono small">
              {task.inputs.join(", ") || "–"} → {task.outputs.join(", ") || "–"}
            </td>
            <td class="mono small clip" title={task.version}>
              {task.version}
            </td>
            <td>
              <Moment at={task.deployedMs} />
            </td>
            <td>
              {task.triggers.length > 0 ? (
                <a href={href(task, "triggers")}>{task.triggers.join(", ")}</a>
              ) : (
                <span class="muted">–</span>
              )}
            </td>
          </tr>
        ))}
      </Table>
      <nav class="pages" aria-label="Pages of tasks">
        {offset > 0 && <a href={hrefWith(route, { offset: "" })}>First</a>}
        {next < total && <a href={hrefWith(route, { offset: String(next) })}>More tasks</a>}
      </nav>
    </>
  );
}
