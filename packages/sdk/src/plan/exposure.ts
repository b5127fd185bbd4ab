import type { CatalogueName, CatalogueTrigger } from "@flyte-webhook/client";
import { DesiredState } from "@flyte-webhook/client/app-status";
import {
  allowsApp,
  allowsTask,
  allowsTrigger,
  type EndpointId,
  type FlyteWebhookError,
  type WebhookSpec,
} from "@flyte-webhook/core";
import type { App } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { webhookSpecOf } from "./read-webhook-spec.ts";

/** Names on the control plane; an error where they could not be listed. */
export interface LiveCatalogue {
  readonly task: readonly CatalogueName[] | FlyteWebhookError;
  readonly app: readonly CatalogueName[] | FlyteWebhookError;
  readonly trigger: readonly CatalogueTrigger[] | FlyteWebhookError;
}

/** What can be done through a webhook to things of one kind. */
export interface Reach {
  readonly kind: keyof LiveCatalogue;
  readonly action: "run" | "read" | "call" | "switch";
  /** `domain/project/name`; of a trigger `domain/project/task_name/name`. */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  /** How many are reachable after the deployment. */
  readonly total: number;
  /** Why nothing is known of it; the lists are empty then. */
  readonly unknown?: string | undefined;
}

/** What an allow-list lets through that does not exist yet. */
export interface Opening {
  readonly kind: keyof LiveCatalogue;
  /** New entries that nothing of the catalogue answers to yet; undefined: the list is gone, anything may come. */
  readonly entries: readonly string[] | undefined;
}

export interface Exposure {
  readonly endpoints: { readonly gained: readonly EndpointId[]; readonly lost: readonly EndpointId[] };
  /** Whether the platform's ingress asks for credentials; only when that changes or the app is new and open. */
  readonly requiresAuth?: { readonly before: boolean; readonly after: boolean } | undefined;
  readonly reach: readonly Reach[];
  /** What the allow-lists would also let through once it is deployed. */
  readonly openings: readonly Opening[];
  /** Whether anything becomes reachable that is not now, or with fewer credentials than now. */
  readonly grows: boolean;
  /** An app of the name is there that is no webhook of this SDK: all of the new one counts as gained. */
  readonly replaces: boolean;
}

interface Action {
  readonly kind: keyof LiveCatalogue;
  readonly action: Reach["action"];
  readonly endpoints: readonly EndpointId[];
}

const ACTIONS: readonly Action[] = [
  { kind: "task", action: "run", endpoints: ["run_task"] },
  { kind: "task", action: "read", endpoints: ["get_task"] },
  { kind: "app", action: "call", endpoints: ["call_app"] },
  { kind: "app", action: "switch", endpoints: ["activate_app", "deactivate_app"] },
  { kind: "app", action: "read", endpoints: ["get_app"] },
  { kind: "trigger", action: "switch", endpoints: ["activate_trigger", "deactivate_trigger"] },
];

/** Endpoints that an allow-list guards: also those of runs, by the run's task. */
const GUARDED: Readonly<Record<keyof LiveCatalogue, readonly EndpointId[]>> = {
  task: ["run_task", "get_task", "get_run", "get_run_io", "abort_run"],
  app: ["call_app", "activate_app", "deactivate_app", "get_app"],
  trigger: ["activate_trigger", "deactivate_trigger"],
};
const KINDS = Object.keys(GUARDED) as (keyof LiveCatalogue)[];

/** What changes for callers from the live app, if there is one, to the webhook as declared. */
export function exposureOf(live: App | undefined, after: WebhookSpec, catalogue: LiveCatalogue): Exposure {
  const found = live && webhookSpecOf(live);
  // Nothing can be reached through an app that is stopped.
  const isStopped = live?.spec?.desiredState === DesiredState.STOPPED;
  const before = isStopped ? undefined : found;
  const endpoints = {
    gained: after.endpoints.filter((id) => !before?.endpoints.includes(id)),
    lost: (before?.endpoints ?? []).filter((id) => !after.endpoints.includes(id)),
  };
  const asked = before?.requiresAuth ?? true;
  const requiresAuth = asked === after.requiresAuth ? undefined : { before: asked, after: after.requiresAuth };
  const reach = ACTIONS.map((action) => reachOf(action, before, after, catalogue));
  const openings = before ? KINDS.flatMap((kind) => openingOf(kind, before, after, catalogue)) : [];
  const opens = requiresAuth?.after === false || openings.length > 0;
  return {
    endpoints,
    ...(requiresAuth && { requiresAuth }),
    reach,
    openings,
    grows: endpoints.gained.length > 0 || opens || reach.some(({ gained }) => gained.length > 0),
    replaces: live !== undefined && found === undefined,
  };
}

function reachOf(action: Action, before: WebhookSpec | undefined, after: WebhookSpec, catalogue: LiveCatalogue): Reach {
  const { kind } = action;
  const entries = catalogue[kind];
  const shared = { kind, action: action.action };
  if (!Array.isArray(entries)) {
    return { ...shared, gained: [], lost: [], total: 0, unknown: (entries as FlyteWebhookError).message };
  }
  const names = (spec: WebhookSpec | undefined) =>
    new Set(spec ? (entries as CatalogueTrigger[]).filter((one) => isReached(action, spec, one)).map(textOf) : []);
  const [then, now] = [names(before), names(after)];
  return {
    ...shared,
    gained: [...now].filter((name) => !then.has(name)),
    lost: [...then].filter((name) => !now.has(name)),
    total: now.size,
  };
}

/** A wider list reaches what is deployed later, though nothing of today answers to it. */
function openingOf(
  kind: keyof LiveCatalogue,
  before: WebhookSpec,
  after: WebhookSpec,
  catalogue: LiveCatalogue,
): Opening[] {
  if (!GUARDED[kind].some((id) => before.endpoints.includes(id) && after.endpoints.includes(id))) return [];
  const [then, now] = [before[`${kind}Allowlist`], after[`${kind}Allowlist`]];
  if (then === undefined) return [];
  if (now === undefined) return [{ kind, entries: undefined }];
  const live = catalogue[kind];
  const isLive = (entry: string) =>
    Array.isArray(live) && (live as CatalogueTrigger[]).some((one) => isListed(kind, [entry], one));
  const entries = now.filter((entry) => !isListed(kind, then, placeOf(kind, entry)) && !isLive(entry));
  return entries.length > 0 ? [{ kind, entries }] : [];
}

function isListed(kind: keyof LiveCatalogue, list: readonly string[] | undefined, entry: CatalogueTrigger): boolean {
  if (kind === "trigger") return allowsTrigger(list, entry);
  return kind === "task" ? allowsTask(list, entry) : allowsApp(list, entry);
}

/** An entry as if it were a name, so that a list can be asked whether it covers it; no list names what it leaves open. */
function placeOf(kind: keyof LiveCatalogue, entry: string): CatalogueTrigger {
  const any = "\0";
  const [name = any, second = any, domain = any] = entry.split("/").reverse();
  return kind === "trigger"
    ? { domain, project: any, taskName: second, name }
    : { domain, project: second, taskName: "", name };
}

function isReached({ kind, endpoints }: Action, spec: WebhookSpec, entry: CatalogueTrigger): boolean {
  if (!endpoints.some((id) => spec.endpoints.includes(id))) return false;
  if (kind !== "app") return isListed(kind, spec[`${kind}Allowlist`], entry);
  // A webhook deals with apps of its own project, and never with itself.
  const isThere = entry.project === spec.project && entry.domain === spec.domain && entry.name !== spec.name;
  return isThere && allowsApp(spec.appAllowlist, entry);
}

function textOf({ domain, project, taskName, name }: CatalogueTrigger): string {
  return [domain, project, ...(taskName ? [taskName] : []), name].join("/");
}
