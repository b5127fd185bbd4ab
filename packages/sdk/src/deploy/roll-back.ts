import { clone, create, equals } from "@bufbuild/protobuf";
import { type App, AppSchema, SpecSchema } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { isConflict } from "./conflict.ts";
import type { Submitted } from "./deploy.ts";

/** Written as the update's reason. */
const REASON = "The deployment failed, the spec before it is put back";

/** How often it is tried again when the app changed in between. */
const ATTEMPTS = 4;

/**
 * Puts the spec that an app had before a deployment back. Answers false, and writes nothing, when there was none (a new
 * app), when the deployment changed nothing, or when somebody else has changed the spec since.
 */
export async function rollBack({ plane, message, before, change }: Submitted): Promise<boolean> {
  const id = message.metadata?.id;
  if (change !== "updated" || !before?.spec || !id) return false;
  for (let attempt = 1; ; attempt++) {
    const now = await plane.apps.get(id);
    if (!sameProgram(now, message)) return false;
    const next = clone(AppSchema, now);
    next.spec = clone(SpecSchema, before.spec);
    try {
      await plane.apps.update(next, REASON);
      return true;
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Whether the spec is still the one that was deployed; the platform may have filled in ingress, creator and state. */
function sameProgram(now: App, deployed: App): boolean {
  const comparable = ({ spec }: App) => {
    const copy = spec ? clone(SpecSchema, spec) : create(SpecSchema);
    delete copy.ingress;
    delete copy.creator;
    copy.desiredState = 0;
    return copy;
  };
  return equals(SpecSchema, comparable(now), comparable(deployed));
}
