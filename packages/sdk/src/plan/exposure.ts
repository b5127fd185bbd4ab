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

export interface Exposure {
  readonly endpoints: { readonly gained: readonly EndpointId[]; readonly lost: readonly EndpointId[] };
  /** Whether the platform's ingress asks for credentials; only when that changes or the app is new and open. */
  readonly requiresAuth?: { readonly before: boolean; readonly after: boolean } | undefined;
  readonly reach: readonly Reach[];
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
  const opens = requiresAuth?.after === false;
  return {
    endpoints,
    ...(requiresAuth && { requiresAuth }),
    reach,
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

function isReached({ kind, endpoints }: Action, spec: WebhookSpec, entry: CatalogueTrigger): boolean {
  if (!endpoints.some((id) => spec.endpoints.includes(id))) return false;
  if (kind === "task") return allowsTask(spec.taskAllowlist, entry);
  if (kind === "trigger") return allowsTrigger(spec.triggerAllowlist, entry);
  // A webhook deals with apps of its own project, and never with itself.
  const isThere = entry.project === spec.project && entry.domain === spec.domain && entry.name !== spec.name;
  return isThere && allowsApp(spec.appAllowlist, entry);
}

function textOf({ domain, project, taskName, name }: CatalogueTrigger): string {
  return [domain, project, ...(taskName ? [taskName] : []), name].join("/");
}
