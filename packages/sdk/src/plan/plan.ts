import type { ControlPlane } from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { App as AppMessage } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { type DeployOptions, listed, prepare } from "../deploy/deploy.ts";
import { replaceSpec, sameSpec } from "../deploy/put-app.ts";
import type { AppEnvironment } from "../environment/app-environment.ts";
import { findImages } from "../images/resolve-images.ts";
import { type Exposure, exposureOf, type LiveCatalogue } from "./exposure.ts";
import { type FieldChange, fieldChanges } from "./field-changes.ts";
import { webhookSpecOf } from "./read-webhook-spec.ts";

export type PlanOptions = Omit<DeployOptions, "onEvent">;

/** What a deployment would do to one app. */
export interface AppPlan {
  readonly name: string;
  readonly project: string;
  readonly domain: string;
  readonly change: "create" | "update" | "none";
  /** Field by field; empty for a new app, all of which is new. */
  readonly fields: readonly FieldChange[];
  /** What would become reachable through it, or stop being so; absent for an app that is no webhook. */
  readonly exposure?: Exposure | undefined;
}

export interface Plan {
  /** In the order of deployment: what the app depends on first. */
  readonly apps: readonly AppPlan[];
  /** Whether a deployment would write anything. */
  readonly changes: boolean;
  /** Whether anything would become reachable that is not now, also later by a wider allow-list, or with fewer credentials than now. */
  readonly exposes: boolean;
}

/**
 * What `deploy` of the same declaration would change, and what would become callable by it. Reads only: the live apps
 * and, for a webhook, the names of tasks, apps and triggers that its allow-lists may reach, as far as your credentials
 * show them. Throws what `deploy` throws before it writes.
 */
export async function plan(
  declared: AppEnvironment | readonly AppEnvironment[],
  options: PlanOptions = {},
): Promise<Plan> {
  const { plane, apps } = prepare(listed(declared), options);
  await findImages(plane, apps, options);
  const live = lazyCatalogue(plane, options.signal);
  const plans: AppPlan[] = [];
  for (const { message } of apps) plans.push(await planApp(plane, message, live, options.signal));
  return {
    apps: plans,
    changes: plans.some(({ change }) => change !== "none"),
    exposes: plans.some(({ exposure }) => exposure?.grows === true),
  };
}

async function planApp(
  plane: ControlPlane,
  message: AppMessage,
  live: () => Promise<LiveCatalogue>,
  signal: AbortSignal | undefined,
): Promise<AppPlan> {
  const { name = "", project = "", domain = "" } = message.metadata?.id ?? {};
  const before = await plane.apps.get({ name, project, domain }, { signal }).catch((error: unknown) => {
    if (error instanceof FlyteWebhookError && error.code === "not_found") return undefined;
    throw error;
  });
  const next = before ? replaceSpec(before, message) : message;
  const isSame = before?.spec !== undefined && next.spec !== undefined && sameSpec(before.spec, next.spec);
  const after = webhookSpecOf(next);
  return {
    name,
    project,
    domain,
    change: before ? (isSame ? "none" : "update") : "create",
    fields: before && !isSame ? fieldChanges(before, next) : [],
    ...(after && { exposure: exposureOf(before, after, await live()) }),
  };
}

/** The catalogue is read once, and only when there is a webhook. A part that cannot be read says why. */
function lazyCatalogue({ catalogue }: ControlPlane, signal: AbortSignal | undefined): () => Promise<LiveCatalogue> {
  let read: Promise<LiveCatalogue> | undefined;
  const part = async <T>(names: Promise<T[]>): Promise<T[] | FlyteWebhookError> => {
    try {
      return await names;
    } catch (error) {
      signal?.throwIfAborted();
      const failure = FlyteWebhookError.from(error);
      if (["unauthenticated", "unavailable", "deadline_exceeded", "bug"].includes(failure.code)) throw failure;
      return failure;
    }
  };
  const load = async (): Promise<LiveCatalogue> => {
    const [task, app, trigger] = await Promise.all([
      part(catalogue.tasks({ signal })),
      part(catalogue.apps({ signal })),
      part(catalogue.triggers({ signal })),
    ]);
    return { task, app, trigger };
  };
  return () => {
    read ??= load();
    return read;
  };
}
