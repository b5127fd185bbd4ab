import { createHash } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import { TypedInterfaceSchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { CacheLookupScope, type RunSpec } from "@flyte-webhook/idl/flyteidl2/task/run";
import type { TaskSpec } from "@flyte-webhook/idl/flyteidl2/task/task_definition";

export interface CachePlan {
  readonly key: Buffer;
  /** Whether an earlier result may be used, or only replaced. */
  readonly read: boolean;
}

/**
 * What a task's outputs are kept under: its name, cache version, interface and inputs. Undefined for a task that is not
 * to be cached. Shared by all projects unless the run asks for its own.
 */
export function cachePlan(
  { taskTemplate }: TaskSpec,
  { cacheConfig, overwriteCache }: RunSpec,
  { project, domain, inputs_hash }: { project: string; domain: string; inputs_hash: string },
): CachePlan | undefined {
  const { metadata, id, interface: signature } = taskTemplate ?? {};
  if (!metadata?.discoverable) return undefined;
  const scope = cacheConfig?.cacheLookupScope === CacheLookupScope.PROJECT_DOMAIN ? [project, domain] : [];
  const hash = createHash("sha256").update(JSON.stringify([scope, id?.name, metadata.discoveryVersion, inputs_hash]));
  if (signature) hash.update(toBinary(TypedInterfaceSchema, signature));
  return { key: hash.digest(), read: !(cacheConfig?.overwriteCache || overwriteCache) };
}
