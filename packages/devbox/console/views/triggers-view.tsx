import type { TriggerState, TriggersState } from "../../src/console/live-state.ts";
import { announce } from "../announce.ts";
import { useLive } from "../live.ts";
import { Empty, Loading } from "../parts/empty.tsx";
import { Heading } from "../parts/heading.tsx";
import { Switch } from "../parts/switch.tsx";
import { Table } from "../parts/table.tsx";
import { Moment } from "../parts/time.tsx";
import { go, href, type Route } from "../route.ts";
import { messageOf } from "../rpc.ts";
import { runTrigger, switchTrigger } from "../task-calls.ts";

/** The triggers of a project and domain: when each fires next, and a switch. */
export function TriggersView({ route: { project, domain } }: { route: Route }) {
  const state = useLive<TriggersState>("triggers", { project, domain });
  return (
    <>
      <div class="head">
        <Heading title="Triggers" />
      </div>
      {!state ? (
        <Loading />
      ) : state.triggers.length === 0 ? (
        <Empty title="No trigger yet">
          A task’s triggers are deployed with it: <code>flyte.Trigger</code> and <code>flyte deploy</code>
        </Empty>
      ) : (
        <Table label="Triggers" columns={["Trigger", "Task", "Schedule", "Next", "Last", "On", ""]}>
          {state.triggers.map((trigger) => (
            <Row key={`${trigger.task}/${trigger.name}`} trigger={trigger} />
          ))}
        </Table>
      )}
    </>
  );
}

function Row({ trigger }: { trigger: TriggerState }) {
  const { name, task, schedule, active, nextMs, lastMs } = trigger;
  const toggle = async () => {
    try {
      await switchTrigger(trigger, task, name, !active);
      announce(`Trigger ${name} is ${active ? "off" : "on"}`);
    } catch (error) {
      announce(messageOf(error), { bad: true });
    }
  };
  const fire = async () => {
    try {
      go(href(trigger, "runs", await runTrigger(trigger, task, name)));
    } catch (error) {
      announce(messageOf(error), { bad: true });
    }
  };
  return (
    <tr class={active ? "" : "off"}>
      <td>
        <a class="name" href={href(trigger, "runs", "", { q: name })} title={`Runs of ${name}`}>
          {name}
        </a>
      </td>
      <td>
        <a class="plain" href={href(trigger, "tasks", task)}>
          {task}
        </a>
      </td>
      <td class="mono small">{schedule || <span class="muted">by hand</span>}</td>
      <td>{active ? <Moment at={nextMs} /> : <span class="muted">off</span>}</td>
      <td>
        <Moment at={lastMs} />
      </td>
      <td>
        <Switch label={`Trigger ${name}`} on={active} onToggle={toggle} />
      </td>
      <td>
        <button type="button" class="quiet" onClick={fire} aria-label={`Run ${name} now`}>
          Run now
        </button>
      </td>
    </tr>
  );
}
