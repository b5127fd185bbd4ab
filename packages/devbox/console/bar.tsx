import { useEffect, useState } from "preact/hooks";
import type { Scope } from "../src/console/live-state.ts";
import { connection } from "./live.ts";
import { go, href, type Route, VIEWS, type View } from "./route.ts";
import { projects } from "./task-calls.ts";
import { THEMES, theme } from "./theme.ts";

const TITLES: Readonly<Record<View, string>> = {
  runs: "Runs",
  tasks: "Tasks",
  triggers: "Triggers",
  apps: "Apps",
  webhooks: "Webhooks",
};

/** The head of every view: where one is, where one can go, and whether what is seen is what is so. */
export function Bar({ route }: { route: Route }) {
  return (
    <header class="bar">
      <a class="brand" href={href(route, "runs")}>
        <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M9 25V7h14v4H13.5v4H21v4h-7.5v6z" />
        </svg>
        <span>
          Flyte <b>devbox</b>
        </span>
      </a>
      <nav aria-label="Views">
        {VIEWS.map((view) => (
          <a key={view} href={href(route, view)} aria-current={view === route.view ? "page" : undefined}>
            {TITLES[view]}
          </a>
        ))}
      </nav>
      <div class="bar-end">
        <ScopeSwitch scope={route} view={route.view} />
        <ThemeSwitch />
        <Connection />
      </div>
    </header>
  );
}

const DOMAINS = ["development", "staging", "production"];

function ScopeSwitch({ scope, view }: { scope: Scope; view: View }) {
  const { project, domain } = scope;
  const [known, setKnown] = useState<string[]>([project]);
  useEffect(() => {
    // Without an answer there is the one project that is shown; the badge beside it says what is wrong.
    projects().then(setKnown, () => {});
  }, []);
  const names = known.includes(project) ? known : [project, ...known];
  return (
    <>
      <select
        aria-label="Project"
        value={project}
        onChange={({ currentTarget }) => go(href({ project: currentTarget.value, domain }, view))}
      >
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Domain"
        value={domain}
        onChange={({ currentTarget }) => go(href({ project, domain: currentTarget.value }, view))}
      >
        {DOMAINS.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </>
  );
}

const SIGNS = { auto: "◐", light: "☀", dark: "☾" } as const;

function ThemeSwitch() {
  const chosen = theme.value;
  const next = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? "auto";
  return (
    <button
      type="button"
      class="quiet icon"
      aria-label={`Colours: ${chosen}. Change to ${next}`}
      title={`Colours: ${chosen}`}
      onClick={() => {
        theme.value = next;
      }}
    >
      {SIGNS[chosen]}
    </button>
  );
}

const WORDS = { connecting: "connecting", live: "live", lost: "no answer; trying again" } as const;

function Connection() {
  const state = connection.value;
  return (
    <span role="status" class={`connection ${state}`}>
      {WORDS[state]}
    </span>
  );
}
