import { FlyteWebhookError } from "@flyte-webhook/core";

/** What stood in a write's way, so that nothing was written: somebody else's write, or the plane's own controller. */
export type Conflict = "written" | "busy";

/**
 * Why a write came to nothing because the app changed in between: `aborted` (a stale revision) or `already_exists`, or on
 * an open-source plane `internal` with Kubernetes' own words, also when its controller alone changed it.
 */
export function conflictOf(error: unknown): Conflict | undefined {
  if (!(error instanceof FlyteWebhookError)) return undefined;
  if (error.code === "aborted" || error.code === "already_exists") return "written";
  const isKubernetes = /object has been modified|already exists/.test(error.message);
  return error.code === "internal" && isKubernetes ? "busy" : undefined;
}

export const isConflict = (error: unknown): boolean => conflictOf(error) !== undefined;
