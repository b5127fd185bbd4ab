import { useEffect, useState } from "preact/hooks";
import type { ActionState } from "../../src/console/live-state.ts";
import { Empty, Loading, Problem } from "../parts/empty.tsx";
import { JsonView } from "../parts/json.tsx";
import { Log } from "../parts/log.tsx";
import { Status } from "../parts/status.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Moment } from "../parts/time.tsx";
import { isOver } from "../phases.ts";
import { go, hrefWith, type Route } from "../route.ts";
import { messageOf } from "../rpc.ts";
import { type ActionData, actionData } from "../task-calls.ts";
import { spanText } from "../time.ts";

const TABS = [
  ["data", "Inputs and outputs"],
  ["logs", "Logs"],
  ["attempts", "Attempts"],
] as const;

/** What there is to know of one action. */
export function ActionPanel({ route, action }: { route: Route; action: ActionState }) {
  const tab = TABS.find(([id]) => id === route.params.get("tab"))?.[0] ?? "data";
  const choose = (id: string) => go(hrefWith(route, { tab: id === "data" ? "" : id }), { replace: true });
  return (
    <section class="sheet panel" aria-label={`Action ${action.title}`}>
      <header class="panel-head">
        <h2>{action.title}</h2>
        <span class="mono muted">{action.name}</span>
        <Status word={action.phase} />
      </header>
      {action.message && <pre class={`outcome ${action.phase === "aborted" ? "" : "bad"}`}>{action.message}</pre>}
      <Tabs label="Of the action" tabs={TABS} chosen={tab} onChoose={choose}>
        {tab === "data" && <Data route={route} action={action} />}
        {tab === "logs" && <Logs route={route} action={action} />}
        {tab === "attempts" && <Attempts action={action} />}
      </Tabs>
    </section>
  );
}

function Data({
  route: { project, domain, name: run },
  action: { name, phase, kind },
}: {
  route: Route;
  action: ActionState;
}) {
  const [data, setData] = useState<ActionData>();
  const [problem, setProblem] = useState("");
  const over = isOver(phase);
  // Asked again once it is over, when there are outputs.
  useEffect(() => {
    let left = false;
    actionData({ project, domain, run, action: name }).then(
      (told) => left || setData(told),
      (error: unknown) => left || setProblem(messageOf(error)),
    );
    return () => {
      left = true;
    };
  }, [project, domain, run, name, over]);
  if (problem) return <Problem text={problem} />;
  if (!data) return <Loading />;
  return (
    <div class="two">
      <JsonView label="Inputs" value={data.inputs} />
      {over || kind !== "task" ? (
        <JsonView label="Outputs" value={data.outputs} />
      ) : (
        <Empty title="No outputs yet">They are here once the action has succeeded.</Empty>
      )}
    </div>
  );
}

const lines = ({ logs = [] }: { logs?: { lines?: { message?: string }[] }[] }) =>
  logs.flatMap(({ lines = [] }) => lines.map(({ message = "" }) => message));

function Logs({ route: { project, domain, name: run }, action }: { route: Route; action: ActionState }) {
  const logged = action.attempts.filter(({ hasLog }) => hasLog);
  const [picked, setPicked] = useState<number>();
  const attempt = logged.find((one) => one.attempt === picked) ?? logged.at(-1);
  if (!attempt) {
    return (
      <Empty title="No log">
        {isOver(action.phase) ? "No process was started for it." : "It is here once a process has been started."}
      </Empty>
    );
  }
  const request = { actionId: { run: { project, domain, name: run }, name: action.name }, attempt: attempt.attempt };
  return (
    <>
      {logged.length > 1 && (
        <label class="pick">
          Attempt{" "}
          <select value={attempt.attempt} onChange={({ currentTarget }) => setPicked(Number(currentTarget.value))}>
            {logged.map((one) => (
              <option key={one.attempt} value={one.attempt}>
                {one.attempt}
              </option>
            ))}
          </select>
        </label>
      )}
      <Log
        label={`Log of attempt ${attempt.attempt}`}
        method="flyteidl2.dataproxy.DataProxyService/TailLogs"
        request={JSON.stringify(request)}
        linesOf={lines}
        live={attempt.endedMs === null}
      />
    </>
  );
}

function Attempts({ action: { attempts } }: { action: ActionState }) {
  if (attempts.length === 0) return <Empty title="No attempt yet" />;
  const between = (from: number | null, to: number | null) =>
    from === null || to === null ? "–" : spanText(to - from);
  return (
    <ol class="attempts">
      {attempts.map(({ attempt, phase, queuedMs, runningMs, endedMs, message }) => (
        <li key={attempt}>
          <p>
            <b>Attempt {attempt}</b> <Status word={phase} />
          </p>
          <dl class="facts">
            <div>
              <dt>Queued</dt>
              <dd>
                <Moment at={queuedMs} />
              </dd>
            </div>
            <div>
              <dt>Waited</dt>
              <dd>{between(queuedMs, runningMs)}</dd>
            </div>
            <div>
              <dt>Ran</dt>
              <dd>{between(runningMs, endedMs)}</dd>
            </div>
          </dl>
          {message && <pre class="outcome bad">{message}</pre>}
        </li>
      ))}
    </ol>
  );
}
