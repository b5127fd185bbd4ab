import { computed, signal } from "@preact/signals";
import type { Scope } from "../src/console/live-state.ts";

export const VIEWS = ["runs", "tasks", "triggers", "apps", "webhooks"] as const;
export type View = (typeof VIEWS)[number];

/** Where the page is: a list, or one thing of it. */
export interface Route extends Scope {
  readonly view: View;
  /** Of the run, task or app; empty for the list. */
  readonly name: string;
  readonly params: URLSearchParams;
}

const DEFAULT_SCOPE: Scope = { project: "flytesnacks", domain: "development" };
const NEWER = /^\/v2\/domain\/([^/]+)\/project\/([^/]+)(?:\/([a-z]+)(?:\/([^/]+))?)?\/?$/;
const OLDER = /^\/v2\/([a-z]+)\/project\/([^/]+)\/domain\/([^/]+)(?:\/([^/]+))?\/?$/;

/** Reads an address as clients give it; what is none is the list of runs of the scope. */
export function parseRoute(address: string, fallback: Scope = DEFAULT_SCOPE): Route {
  const { pathname, searchParams: params } = new URL(address, "http://localhost");
  const newer = NEWER.exec(pathname);
  if (newer) {
    const [, domain = "", project = "", view = "runs", name = ""] = newer.map(decoded);
    if (isView(view)) return { project, domain, view, name, params };
  }
  const older = OLDER.exec(pathname);
  if (older) {
    const [, view = "", project = "", domain = "", name = ""] = older.map(decoded);
    if (isView(view)) return { project, domain, view, name, params };
  }
  return { ...fallback, view: "runs", name: "", params };
}

const isView = (text: string): text is View => VIEWS.includes(text as View);

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a list or of one thing, as clients give it. Empty parameters are left out. */
export function href(
  { project, domain }: Scope,
  view: View,
  name = "",
  params: Readonly<Record<string, string>> = {},
): string {
  const path = ["", "v2", "domain", domain, "project", project, view, ...(name === "" ? [] : [name])];
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== "")).toString();
  return path.map(encodeURIComponent).join("/") + (query && `?${query}`);
}

/** The same place with other parameters; an empty one is taken away. */
export function hrefWith(
  { project, domain, view, name, params }: Route,
  changes: Readonly<Record<string, string>>,
): string {
  return href({ project, domain }, view, name, { ...Object.fromEntries(params), ...changes });
}

const address = signal("/");
const SCOPE_KEY = "devbox.scope";

export const route = computed(() => parseRoute(address.value, rememberedScope()));

function rememberedScope(): Scope {
  const [project, domain] = (localStorage.getItem(SCOPE_KEY) ?? "").split("/");
  return project && domain ? { project, domain } : DEFAULT_SCOPE;
}

/** Goes to an address of the page; `replace` leaves no step in the history, as for what is typed into a filter. */
export function go(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  arrive();
}

function arrive(): void {
  address.value = location.pathname + location.search;
  const { project, domain } = route.value;
  localStorage.setItem(SCOPE_KEY, `${project}/${domain}`);
}

/** Follows the browser's history, and links of the page without loading it again. */
export function startRouting(): void {
  addEventListener("popstate", arrive);
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.("a");
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || event.defaultPrevented || link.target !== "" || link.origin !== location.origin) return;
    if ((link.pathname !== "/" && !link.pathname.startsWith("/v2/")) || link.hash !== "") return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
  arrive();
}
