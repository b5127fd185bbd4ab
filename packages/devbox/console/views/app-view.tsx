import type { AppState, AppsState } from "../../src/console/live-state.ts";
import { useLive } from "../live.ts";
import { AppSwitch } from "../parts/app-switch.tsx";
import { Empty, Loading } from "../parts/empty.tsx";
import { Heading } from "../parts/heading.tsx";
import { JsonView } from "../parts/json.tsx";
import { Log } from "../parts/log.tsx";
import { Replicas } from "../parts/replicas.tsx";
import { Status } from "../parts/status.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Moment } from "../parts/time.tsx";
import { WebhookDetails } from "../parts/webhook-details.tsx";
import { go, href, hrefWith, type Route } from "../route.ts";
import { Fact } from "./run-view.tsx";

/** One app: how it is, its log, and of a webhook what it offers. */
export function AppView({ route }: { route: Route }) {
  const { project, domain, name } = route;
  const state = useLive<AppsState>("apps", { project, domain });
  const app = state?.apps.find((known) => known.name === name);
  if (!state) return <Loading />;
  if (!app) {
    return (
      <>
        <Heading title="No such app" />
        <Empty title={`There is no app ${name} in ${project}/${domain}`}>
          <a href={href(route, "apps")}>All apps of {domain}</a>
        </Empty>
      </>
    );
  }
  return (
    <>
      <div class="head">
        <div>
          <p class="crumbs">
            <a href={href(route, "apps")}>Apps</a>
          </p>
          <Heading title={app.name}>
            <span class="mono">{app.name}</span> <Status word={app.status} />
          </Heading>
        </div>
        <div class="buttons">
          {app.url && (
            <a class="button" href={app.url} target="_blank" rel="noreferrer">
              Open
            </a>
          )}
          {app.url && app.webhook && (
            <a class="button" href={`${app.url}/docs`} target="_blank" rel="noreferrer">
              API docs
            </a>
          )}
          <AppSwitch app={app} />
        </div>
      </div>
      {app.status === "failed" && <pre class="outcome bad">{app.message}</pre>}
      <dl class="facts">
        <Fact name="Since">
          <Moment at={app.sinceMs} />
        </Fact>
        <Fact name="Replicas">
          <Replicas app={app} />
        </Fact>
        <Fact name="Revision">{app.revision}</Fact>
        <Fact name="Address">
          {app.url ? (
            <a class="mono" href={app.url} target="_blank" rel="noreferrer">
              {app.url}
            </a>
          ) : (
            "–"
          )}
        </Fact>
        <Fact name="Created">
          <Moment at={app.createdMs} />
        </Fact>
      </dl>
      <AppTabs route={route} app={app} />
    </>
  );
}

interface LogMessage {
  readonly batches?: {
    readonly logs?: readonly { readonly structuredLines?: readonly { readonly message?: string }[] }[];
  };
}

const lines = ({ batches }: LogMessage) =>
  (batches?.logs ?? []).flatMap(({ structuredLines = [] }) => structuredLines.map(({ message = "" }) => message));

function AppTabs({ route, app }: { route: Route; app: AppState }) {
  const { project, domain, name, revision, webhook, image, command, wanted } = app;
  const tabs = [
    ["logs", "Logs"],
    ...(webhook ? [["webhook", "Webhook"] as const] : []),
    ["container", "Container"],
  ] as const;
  const tab = tabs.find(([id]) => id === route.params.get("tab"))?.[0] ?? "logs";
  const choose = (id: string) => go(hrefWith(route, { tab: id === "logs" ? "" : id }), { replace: true });
  return (
    <section class="sheet panel" aria-label="Of the app">
      <Tabs label="Of the app" tabs={tabs} chosen={tab} onChoose={choose}>
        {tab === "logs" && (
          <Log
            key={revision}
            label={`Log of ${name}`}
            method="flyteidl2.app.AppLogsService/TailLogs"
            request={JSON.stringify({ appId: { project, domain, name } })}
            linesOf={lines}
            live={wanted}
          />
        )}
        {tab === "webhook" && webhook && <WebhookDetails webhook={webhook} />}
        {tab === "container" && <JsonView label="Container" value={{ image, command }} />}
      </Tabs>
    </section>
  );
}
