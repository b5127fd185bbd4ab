import { clone, create, equals } from "@bufbuild/protobuf";
import type { CallOptions, ControlPlane } from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";
import {
  type App,
  AppSchema,
  IngressConfigSchema,
  type Spec,
  SpecSchema,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { clusterOf, copySourceLink } from "../serialize/newer-fields.ts";
import { isConflict } from "./conflict.ts";

/** What Python's SDK gives as its reason; people filter by it. */
export const PUT_REASON = "User requested serve from sdk";

/** How often an update is tried again when the app changed in between. */
const ATTEMPTS = 4;

export interface PutApp {
  readonly app: App;
  readonly change: "created" | "updated" | "unchanged";
  /** The app as it was, when that is known. */
  readonly before: App | undefined;
}

/**
 * Creates an app, or brings the one of its name to the same spec. What others wrote to it stays: labels, creator, and
 * fields this SDK does not know. An equal spec is not written again, as each write is a new revision.
 */
export async function putApp({ apps }: ControlPlane, app: App, options?: CallOptions): Promise<PutApp> {
  try {
    return { app: await apps.create(app, options), change: "created", before: undefined };
  } catch (error) {
    if (!isConflict(error) && !(error instanceof FlyteWebhookError && error.code === "already_exists")) throw error;
  }
  const { id } = app.metadata ?? {};
  for (let attempt = 1; ; attempt++) {
    const before = await apps.get({ name: id?.name ?? "", project: id?.project, domain: id?.domain }, options);
    const next = replaceSpec(before, app);
    if (before.spec && next.spec && sameSpec(before.spec, next.spec))
      return { app: before, change: "unchanged", before };
    try {
      return { app: await apps.update(next, PUT_REASON, options), change: "updated", before };
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The existing app with the spec of another; its creator stays, and its source is where the spec comes from. */
export function replaceSpec(existing: App, { metadata, spec }: App): App {
  const next = clone(AppSchema, existing);
  if (next.metadata) copySourceLink(metadata, next.metadata);
  if (!spec) return next;
  next.spec = clone(SpecSchema, spec);
  if (existing.spec?.creator) next.spec.creator = existing.spec.creator;
  return next;
}

/** Equal but for the ingress, where ours leaves it to the platform. */
export function sameSpec(theirs: Spec, ours: Spec): boolean {
  const compared = clone(SpecSchema, ours);
  const isOpen = !ours.ingress || equals(IngressConfigSchema, ours.ingress, create(IngressConfigSchema));
  if (isOpen) {
    if (theirs.ingress) compared.ingress = theirs.ingress;
    else delete compared.ingress;
  }
  return equals(SpecSchema, theirs, compared) && clusterOf(theirs) === clusterOf(compared);
}
