import type { WebhookState } from "../../src/console/live-state.ts";

/** What a webhook offers, and what it may be used for. */
export function WebhookDetails({
  webhook: { description, endpoints, allowed, requiresAuth },
}: {
  webhook: WebhookState;
}) {
  return (
    <>
      {description && <p>{description}</p>}
      {!requiresAuth && <p class="muted">The platform asks nobody for credentials; the webhook itself does.</p>}
      <dl class="allowed">
        {(["tasks", "apps", "triggers"] as const).map((kind) => (
          <div key={kind}>
            <dt>Allowed {kind}</dt>
            <dd>
              <Allowed names={allowed[kind]} />
            </dd>
          </div>
        ))}
      </dl>
      <ul class="endpoints" aria-label="Endpoints">
        {endpoints.map(({ id, method, path, summary, open }) => (
          <li key={id}>
            <span class={`method ${method.toLowerCase()}`}>{method}</span>
            <code>{path}</code>
            <span class="muted">
              {summary}
              {open && " (open to all)"}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Allowed({ names }: { names: readonly string[] | null }) {
  if (names === null) return <span class="muted">all</span>;
  if (names.length === 0) return <span class="muted">none</span>;
  return (
    <>
      {names.map((name) => (
        <span key={name} class="chip mono">
          {name}
        </span>
      ))}
    </>
  );
}
