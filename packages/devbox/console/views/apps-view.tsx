import type { AppsState } from "../../src/console/live-state.ts";
import { useLive } from "../live.ts";
import { AppSwitch } from "../parts/app-switch.tsx";
import { Empty, Loading } from "../parts/empty.tsx";
import { Heading } from "../parts/heading.tsx";
import { Message } from "../parts/message.tsx";
import { Replicas } from "../parts/replicas.tsx";
import { Status } from "../parts/status.tsx";
import { Table } from "../parts/table.tsx";
import { Moment } from "../parts/time.tsx";
import { href, type Route } from "../route.ts";

/** The apps of a project and domain. */
export function AppsView({ route: { project, domain } }: { route: Route }) {
  const state = useLive<AppsState>("apps", { project, domain });
  return (
    <>
      <div class="head">
        <Heading title="Apps" />
      </div>
      {!state ? (
        <Loading />
      ) : state.apps.length === 0 ? (
        <Empty title="No app yet">
          Serve one with <code>flyte-webhook serve examples/basic-webhook/webhook.ts</code> or <code>flyte serve</code>
        </Empty>
      ) : (
        <Table label="Apps" columns={["App", "Status", "Since", "Replicas", "Address", ""]}>
          {state.apps.map((app) => (
            <tr key={app.name}>
              <td>
                <a class="name" href={href(app, "apps", app.name)}>
                  {app.name}
                </a>
                <div class="muted small">
                  revision {app.revision}
                  {app.webhook && ", webhook"}
                </div>
              </td>
              <td class="wide">
                <Status word={app.status} />
                {app.status === "failed" && <Message text={app.message} />}
              </td>
              <td>
                <Moment at={app.sinceMs} />
              </td>
              <td class="number">
                <Replicas app={app} />
              </td>
              <td>
                {app.url ? (
                  <a class="mono small" href={app.url} target="_blank" rel="noreferrer">
                    {app.url.replace("http://", "")}
                  </a>
                ) : (
                  <span class="muted">–</span>
                )}
              </td>
              <td>
                <AppSwitch app={app} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}
