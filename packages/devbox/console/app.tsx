import { announcement } from "./announce.ts";
import { Bar } from "./bar.tsx";
import { type Route, route } from "./route.ts";
import { AppView } from "./views/app-view.tsx";
import { AppsView } from "./views/apps-view.tsx";
import { RunView } from "./views/run-view.tsx";
import { RunsView } from "./views/runs-view.tsx";
import { TaskView } from "./views/task-view.tsx";
import { TasksView } from "./views/tasks-view.tsx";
import { TriggersView } from "./views/triggers-view.tsx";
import { WebhooksView } from "./views/webhooks-view.tsx";

export function App() {
  const here = route.value;
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <Bar route={here} />
      <main id="content" tabIndex={-1}>
        <CurrentView key={`${here.project}/${here.domain}/${here.view}/${here.name}`} here={here} />
      </main>
      <Announcement />
    </>
  );
}

function CurrentView({ here }: { here: Route }) {
  const one = here.name !== "";
  switch (here.view) {
    case "tasks":
      return one ? <TaskView route={here} /> : <TasksView route={here} />;
    case "triggers":
      return <TriggersView route={here} />;
    case "apps":
      return one ? <AppView route={here} /> : <AppsView route={here} />;
    case "webhooks":
      return <WebhooksView route={here} />;
    default:
      return one ? <RunView route={here} /> : <RunsView route={here} />;
  }
}

function Announcement() {
  const told = announcement.value;
  return (
    <div class="announcement" role="status" aria-live="polite">
      {told && <p class={told.bad ? "bad" : ""}>{told.text}</p>}
    </div>
  );
}
