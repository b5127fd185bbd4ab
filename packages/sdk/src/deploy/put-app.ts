import { setTimeout as sleep } from "node:timers/promises";
import { clone, create, equals } from "@bufbuild/protobuf";
import type { CallOptions, ControlPlane } from "@flyte-webhook/client";
import { DesiredState, standingOf } from "@flyte-webhook/client/app-status";
import { FlyteWebhookError } from "@flyte-webhook/core";
import {
  type App,
  AppSchema,
  IngressConfigSchema,
  type Spec,
  SpecSchema,
} from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { fieldChanges } from "../plan/field-changes.ts";
import { clusterOf, copySourceLink, setSourceLink } from "../serialize/newer-fields.ts";
import { type Conflict, conflictOf } from "./conflict.ts";

/** What Python's SDK gives as its reason; people filter by it. */
export const PUT_REASON = "User requested serve from sdk";

/** Milliseconds before an app that changed in between is read and written again. */
const PAUSES_MS: Readonly<Record<Conflict, readonly number[]>> = {
  // Somebody else deploys it: one more try.
  written: [100],
  // An open-source plane's controller is still at work on what was written a moment ago.
  busy: [250, 500, 1000, 2000],
};

export interface PutApp {
  readonly app: App;
  readonly change: "created" | "updated" | "unchanged";
  /** The app as it was, when that is known. */
  readonly before: App | undefined;
}

/**
 * Creates an app, or brings the one of its name to the same spec. What others wrote to it stays: labels, creator, and
 * fields this SDK does not know. An equal spec is not written again, as each write is a new revision; only an app that was
 * stopped is. Whoever creates or changes it in between is noticed: it is read again and written once more. Throws
 * `aborted` with both sides when that fails, too.
 *
 * `sourceUrl`, the page of its source, is asked for only when something is written. It is read first, though a create would tell whether it exists: an open-source plane takes a create for an update, and
 * what was there before is needed to say that nothing changed and to go back to it.
 */
export async function putApp(
  { apps }: ControlPlane,
  app: App,
  options?: CallOptions,
  sourceUrl?: () => Promise<string | undefined>,
): Promise<PutApp> {
  for (let attempt = 0; ; attempt++) {
    const before = await find(apps, app, options);
    let next = before && replaceSpec(before, app);
    if (before && next && !needsWrite(before, next)) return { app: before, change: "unchanged", before };
    const source = attempt === 0 ? await sourceUrl?.() : undefined;
    if (source !== undefined && app.metadata) {
      setSourceLink(app.metadata, source);
      next = before && replaceSpec(before, app);
    }
    try {
      if (next) return { app: await apps.update(next, PUT_REASON, options), change: "updated", before };
      return { app: await apps.create(app, options), change: "created", before: undefined };
    } catch (error) {
      const conflict = conflictOf(error);
      if (conflict === undefined) throw error;
      const pause = PAUSES_MS[conflict][attempt];
      if (pause === undefined) throw next ? bothSides(error, await find(apps, app, options), app) : error;
      await sleep(pause, undefined, { signal: options?.signal });
    }
  }
}

/** The app as it is; undefined when there is none, or the plane does not let it be read. */
async function find(apps: ControlPlane["apps"], { metadata }: App, options?: CallOptions): Promise<App | undefined> {
  const { name = "", project, domain } = metadata?.id ?? {};
  try {
    return await apps.get({ name, project, domain }, options);
  } catch (error) {
    if (error instanceof FlyteWebhookError && ["not_found", "unimplemented"].includes(error.code)) return undefined;
    throw error;
  }
}

/** An open-source plane stops an app without a word in its spec, so an equal spec alone does not start it. */
function needsWrite(before: App, next: App): boolean {
  if (!before.spec || !next.spec || !sameSpec(before.spec, next.spec)) return true;
  return next.spec.desiredState !== DesiredState.STOPPED && standingOf(before).kind === "stopped";
}

function bothSides(error: unknown, theirs: App | undefined, ours: App): FlyteWebhookError {
  const { code, message } = FlyteWebhookError.from(error);
  const text = (value: unknown) => (value === undefined ? "not set" : JSON.stringify(value));
  const lines = (theirs ? fieldChanges(theirs, replaceSpec(theirs, ours)) : []).map(
    ({ path, before, after }) => `  ${path}: it has ${text(before)}, this declaration ${text(after)}`,
  );
  const sides = lines.length > 0 ? ["somebody else changed it in between", ...lines] : ["somebody else writes it, too"];
  return new FlyteWebhookError(code, `${sides.join("\n")}\n${message}`, {
    cause: error,
    hint: "Look at who else deploys it (revision history), then deploy again.",
  });
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
