import { useEffect, useRef, useState } from "preact/hooks";
import type { RunState, RunsState } from "../../src/console/live-state.ts";
import { useLive } from "../live.ts";
import { Empty, Loading } from "../parts/empty.tsx";
import { Heading } from "../parts/heading.tsx";
import { Message } from "../parts/message.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { Status } from "../parts/status.tsx";
import { Table } from "../parts/table.tsx";
import { Moment, Span } from "../parts/time.tsx";
import { PHASE_FILTERS } from "../phases.ts";
import { go, href, hrefWith, type Route } from "../route.ts";

/** The runs of a project and domain, newest first, as they come and change. */
export function RunsView({ route }: { route: Route }) {
  const { project, domain, params } = route;
  const of = (name: string) => params.get(name) ?? "";
  const query = { project, domain, phase: of("phase"), task: of("task"), q: of("q"), before: of("before") };
  const state = useLive<RunsState>("runs", query);
  const filtered = query.phase !== "" || query.task !== "" || query.q !== "";
  return (
    <>
      <div class="head">
        <Heading title="Runs" />
        <search class="filters">
          <SearchField
            label="Search runs"
            hint="Run, task or trigger"
            text={query.q}
            onText={(q) => go(hrefWith(route, { q, before: "" }), { replace: true })}
          />
          <select
            aria-label="Phase"
            value={query.phase}
            onChange={({ currentTarget }) => go(hrefWith(route, { phase: currentTarget.value, before: "" }))}
          >
            {PHASE_FILTERS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          {query.task && (
            <a
              class="chip"
              href={hrefWith(route, { task: "", before: "" })}
              aria-label={`Runs of all tasks, not ${query.task} alone`}
            >
              {query.task} <span aria-hidden="true">✕</span>
            </a>
          )}
        </search>
      </div>
      {!state ? <Loading /> : <Runs state={state} route={route} filtered={filtered} />}
    </>
  );
}

function Runs({
  state: { runs, before, searched },
  route,
  filtered,
}: {
  state: RunsState;
  route: Route;
  filtered: boolean;
}) {
  const isFirst = !route.params.get("before");
  const fresh = useFresh(runs);
  return (
    <>
      {runs.length === 0 ? (
        <NoRuns filtered={filtered || !isFirst} />
      ) : (
        <Table label="Runs" columns={["Run", "Phase", "Task", "Started", "Duration"]}>
          {runs.map((run) => (
            <tr key={run.name} class={fresh.has(run.name) ? "fresh" : ""}>
              <td>
                <a class="name" href={href(run, "runs", run.name)}>
                  {run.name}
                </a>
                {run.trigger && <div class="muted small">by trigger {run.trigger}</div>}
              </td>
              <td class="wide">
                <Status word={run.phase} />
                {run.message && <Message text={run.message} />}
              </td>
              <td>
                <a
                  class="plain"
                  href={hrefWith(route, { task: run.task, before: "" })}
                  title={`Only runs of ${run.task}`}
                >
                  {run.task}
                </a>
              </td>
              <td>
                <Moment at={run.createdMs} />
              </td>
              <td>
                <Span from={run.createdMs} to={run.endedMs} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {searched !== undefined && (
        <p class="muted">
          Of the {searched.toLocaleString()} runs that were looked at, these are all that fit. Older ones may too.
        </p>
      )}
      <nav class="pages" aria-label="Pages of runs">
        {!isFirst && <a href={hrefWith(route, { before: "" })}>Newest</a>}
        {before && <a href={hrefWith(route, { before })}>Older runs</a>}
      </nav>
    </>
  );
}

function NoRuns({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty title="No run fits">Try another phase or a shorter search.</Empty>;
  return (
    <Empty title="No run yet">
      Start one from a task here, with <code>flyte run</code>, or through a webhook’s <code>POST /run-task/…</code>
    </Empty>
  );
}

/** Names that were not there before: what has come since the list was first shown. */
function useFresh(runs: readonly RunState[]): ReadonlySet<string> {
  const known = useRef<Set<string>>(undefined);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const names = runs.map(({ name }) => name);
    if (known.current) {
      const before = known.current;
      const come = names.filter((name) => !before.has(name));
      if (come.length > 0) setFresh(new Set(come));
    }
    known.current = new Set([...(known.current ?? []), ...names]);
  }, [runs]);
  return fresh;
}
