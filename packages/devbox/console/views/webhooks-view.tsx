import type { AppsState } from "../../src/console/live-state.ts";
import { useLive } from "../live.ts";
import { Empty, Loading } from "../parts/empty.tsx";
import { Heading } from "../parts/heading.tsx";
import { Status } from "../parts/status.tsx";
import { WebhookDetails } from "../parts/webhook-details.tsx";
import { href, type Route } from "../route.ts";

/** The apps that are webhooks, with their endpoints and allow-lists. */
export function WebhooksView({ route: { project, domain } }: { route: Route }) {
  const state = useLive<AppsState>("apps", { project, domain });
  const webhooks = state?.apps.flatMap((app) => (app.webhook ? [{ ...app, webhook: app.webhook }] : []));
  return (
    <>
      <div class="head">
        <Heading title="Webhooks" />
      </div>
      {!webhooks ? (
        <Loading />
      ) : webhooks.length === 0 ? (
        <Empty title="No webhook yet">
          Serve one with <code>flyte-webhook serve examples/basic-webhook/webhook.ts</code>
        </Empty>
      ) : (
        webhooks.map((app) => (
          <section key={app.name} class="sheet padded webhook" aria-label={app.name}>
            <header class="panel-head">
              <h2>
                <a href={href(app, "apps", app.name)}>{app.name}</a>
              </h2>
              <Status word={app.status} />
              {app.url && (
                <span class="links">
                  <a href={`${app.url}/docs`} target="_blank" rel="noreferrer">
                    Swagger UI
                  </a>
                  <a href={`${app.url}/redoc`} target="_blank" rel="noreferrer">
                    ReDoc
                  </a>
                  <a href={`${app.url}/openapi.json`} target="_blank" rel="noreferrer">
                    OpenAPI
                  </a>
                </span>
              )}
            </header>
            {app.webhook.title !== app.name && <p class="lead">{app.webhook.title}</p>}
            <WebhookDetails webhook={app.webhook} />
          </section>
        ))
      )}
    </>
  );
}
