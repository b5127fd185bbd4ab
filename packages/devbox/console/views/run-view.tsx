import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunTreeState } from "../../src/console/live-state.ts";
import { announce } from "../announce.ts";
import { useLive } from "../live.ts";
import { Empty, Loading } from "../parts/empty.tsx";
import { Heading } from "../parts/heading.tsx";
import { Status } from "../parts/status.tsx";
import { Moment, Span } from "../parts/time.tsx";
import { isOver, phaseText } from "../phases.ts";
import { go, href, hrefWith, type Route } from "../route.ts";
import { AbortDialog } from "./abort-dialog.tsx";
import { ActionPanel } from "./action-panel.tsx";
import { ActionTree } from "./action-tree.tsx";
import { AgainDialog } from "./again-dialog.tsx";

const ROOT = "a0";

/** One run: its actions as a tree and in time, and what there is to know of the one that is chosen. */
export function RunView({ route }: { route: Route }) {
  const { project, domain, name, params } = route;
  const state = useLive<RunTreeState>("run", { project, domain, run: name });
  const [dialog, setDialog] = useState<"abort" | "again">();
  useTellEnd(name, state?.run?.phase);

  if (!state) return <Loading />;
  const { run, actions, total } = state;
  if (!run) {
    return (
      <>
        <Heading title="No such run" />
        <Empty title={`There is no run ${name} in ${project}/${domain}`}>
          <a href={href(route, "runs")}>All runs of {domain}</a>
        </Empty>
      </>
    );
  }
  const chosen = actions.find((action) => action.name === (params.get("action") ?? ROOT)) ?? actions[0];
  const choose = (action: string) => go(hrefWith(route, { action: action === ROOT ? "" : action }), { replace: true });
  return (
    <>
      <div class="head">
        <div>
          <p class="crumbs">
            <a href={href(route, "runs")}>Runs</a> <span aria-hidden="true">/</span>{" "}
            <a href={href(route, "runs", "", { task: run.task })}>{run.task}</a>
          </p>
          <Heading title={run.name}>
            <span class="mono">{run.name}</span> <Status word={run.phase} />
          </Heading>
        </div>
        <div class="buttons">
          <button type="button" onClick={() => setDialog("again")}>
            Run again…
          </button>
          {!isOver(run.phase) && (
            <button type="button" class="danger" onClick={() => setDialog("abort")}>
              Abort…
            </button>
          )}
        </div>
      </div>
      <dl class="facts">
        <Fact name="Task">
          <a href={href(route, "tasks", run.task)}>{run.task}</a>
        </Fact>
        <Fact name="Version">
          <span class="mono">{run.version || "–"}</span>
        </Fact>
        <Fact name="Started">
          <Moment at={run.createdMs} />
        </Fact>
        <Fact name="Duration">
          <Span from={run.createdMs} to={run.endedMs} />
        </Fact>
        <Fact name="Actions">{total}</Fact>
        {run.trigger && (
          <Fact name="Trigger">
            <a href={href(route, "triggers")}>{run.trigger}</a>
          </Fact>
        )}
        {run.author && <Fact name="By">{run.author}</Fact>}
      </dl>
      <div class="run-parts">
        <ActionTree actions={actions} chosen={chosen?.name ?? ROOT} onChoose={choose} />
        {total > actions.length && (
          <p class="muted">
            The first {actions.length.toLocaleString()} of {total.toLocaleString()} actions.
          </p>
        )}
        {chosen && <ActionPanel key={chosen.name} route={route} action={chosen} />}
      </div>
      {dialog === "abort" && <AbortDialog scope={route} run={run.name} onClose={() => setDialog(undefined)} />}
      {dialog === "again" && <AgainDialog scope={route} run={run} onClose={() => setDialog(undefined)} />}
    </>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A run that ends while it is looked at is told, once. */
function useTellEnd(name: string, phase: string | undefined): void {
  const before = useRef<string>(undefined);
  useEffect(() => {
    const ended = before.current !== undefined && !isOver(before.current) && phase !== undefined && isOver(phase);
    if (ended) announce(`Run ${name}: ${phaseText(phase)}`, { bad: phase === "failed" || phase === "timed_out" });
    before.current = phase;
  }, [name, phase]);
}
