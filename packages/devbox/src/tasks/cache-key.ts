import { createHash } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import { TypedInterfaceSchema } from "@flyte-webhook/idl/flyteidl2/core/interface";
import { CacheLookupScope, type RunSpec } from "@flyte-webhook/idl/flyteidl2/task/run";
import type { TaskSpec } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { type NewerTaskMetadata, newer } from "../newer-fields.ts";
import type { ActionRow } from "../store/actions.ts";

export interface CachePlan {
  readonly key: Buffer;
  /** Whether an earlier result may be used, or only replaced. */
  readonly read: boolean;
  /** Whether only one action at a time may compute it, and the others wait for its result. */
  readonly serialize: boolean;
  /** Milliseconds after which a result is too old to be used; 0 for never. */
  readonly maxAgeMs: number;
}

/**
 * What a task's outputs are kept under: its name, cache version, interface and inputs, or its name and the key that the
 * calling task made of the same. Undefined for a task that is not to be cached. Shared by all projects unless the run
 * asks for its own.
 */
export function cachePlan(
  { taskTemplate }: TaskSpec,
  { cacheConfig, overwriteCache }: RunSpec,
  { project, domain, inputs_hash, cache_key }: Pick<ActionRow, "project" | "domain" | "inputs_hash" | "cache_key">,
): CachePlan | undefined {
  const { metadata, id, interface: signature } = taskTemplate ?? {};
  if (!metadata?.discoverable) return undefined;
  const scope = cacheConfig?.cacheLookupScope === CacheLookupScope.PROJECT_DOMAIN ? [project, domain] : [];
  const hash = createHash("sha256");
  if (cache_key) hash.update(JSON.stringify([scope, id?.name, cache_key]));
  else {
    hash.update(JSON.stringify([scope, id?.name, metadata.discoveryVersion, inputs_hash]));
    if (signature) hash.update(toBinary(TypedInterfaceSchema, signature));
  }
  const maxAge = newer<NewerTaskMetadata>(metadata).cacheMaxAge;
  return {
    key: hash.digest(),
    read: !(cacheConfig?.overwriteCache || overwriteCache),
    serialize: metadata.cacheSerializable,
    maxAgeMs: maxAge ? Number(maxAge.seconds) * 1000 + maxAge.nanos / 1e6 : 0,
  };
}
