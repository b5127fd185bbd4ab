import { clone, create } from "@bufbuild/protobuf";
import { durationFromMs, durationMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import { MetadataSchema } from "@flyte-webhook/idl/flyteidl2/cacheservice/cacheservice";
import { CacheService, type Identifier } from "@flyte-webhook/idl/flyteidl2/cacheservice/v2/cacheservice";
import { rpcError } from "../rpc-error.ts";
import type { CacheEntries } from "../store/cache-entries.ts";

/** The longest heartbeat of a reservation, and how many of them it outlives (`cache_service/manager/manager.go`). */
const MAX_HEARTBEAT_MS = 10_000;
const GRACE_HEARTBEATS = 3;

/** Where outputs are that can be reused, and who is about to make them, for programs that keep a cache of their own. */
export function registerCacheService(router: ConnectRouter, entries: CacheEntries): void {
  router.service(CacheService, {
    get: ({ baseRequest, identifier }) => {
      const entry = entries.get(keyOf(baseRequest, identifier));
      if (!entry) throw notFound(baseRequest);
      return { output: { output: { case: "outputUri", value: entry.outputUri }, metadata: entry.metadata } };
    },
    put: ({ baseRequest, identifier }) => {
      const key = keyOf(baseRequest, identifier);
      const { output, overwrite } = baseRequest ?? {};
      if (!output) throw rpcError.invalidArgument("base_request.output is required");
      if (output.output.case !== "outputUri" || output.output.value === "")
        throw rpcError.invalidArgument("output_uri is required");
      const now = Date.now();
      const before = entries.get(key);
      const isOld = overwrite?.maxAge && before && now - before.updatedAtMs > durationMs(overwrite.maxAge);
      if (before && !overwrite?.overwrite && !isOld)
        throw rpcError.alreadyExists(`cache entry ${JSON.stringify(baseRequest?.key)} already exists`);
      const metadata = output.metadata ? clone(MetadataSchema, output.metadata) : create(MetadataSchema);
      const createdAt = metadata.createdAt ?? before?.metadata.createdAt ?? timestampFromMs(now);
      Object.assign(metadata, { createdAt, lastUpdatedAt: timestampFromMs(now) });
      entries.put(key, { outputUri: output.output.value, metadata, updatedAtMs: now });
      return {};
    },
    delete: ({ baseRequest, identifier }) => {
      if (!entries.delete(keyOf(baseRequest, identifier))) throw notFound(baseRequest);
      return {};
    },
    getOrExtendReservation: ({ baseRequest, identifier }) => {
      const key = keyOf(baseRequest, identifier);
      const owner = ownerOf(baseRequest);
      const wantedMs = baseRequest?.heartbeatInterval ? durationMs(baseRequest.heartbeatInterval) : 0;
      const heartbeatMs = wantedMs > 0 ? Math.min(Math.ceil(wantedMs), MAX_HEARTBEAT_MS) : MAX_HEARTBEAT_MS;
      const now = Date.now();
      const mine = { owner, heartbeatMs, expiresAtMs: now + heartbeatMs * GRACE_HEARTBEATS };
      const held = entries.reserve(key, mine, now);
      return {
        reservation: {
          // As a real plane names it, and in the whole seconds that it keeps.
          key: `reservation:${key}`,
          ownerId: held.owner,
          heartbeatInterval: durationFromMs(Math.floor(held.heartbeatMs / 1000) * 1000),
          expiresAt: timestampFromMs(held.expiresAtMs),
        },
      };
    },
    releaseReservation: ({ baseRequest, identifier }) => {
      entries.release(keyOf(baseRequest, identifier), ownerOf(baseRequest));
      return {};
    },
  });
}

function keyOf(base: { key: string } | undefined, identifier: Identifier | undefined): string {
  if (!base) throw rpcError.invalidArgument("base_request is required");
  if (base.key === "") throw rpcError.invalidArgument("base_request.key is required");
  const { org = "", project = "", domain = "" } = identifier ?? {};
  return `${org}-${project}-${domain}-${base.key}`;
}

function ownerOf(base: { ownerId: string } | undefined): string {
  if (!base?.ownerId) throw rpcError.invalidArgument("base_request.owner_id is required");
  return base.ownerId;
}

const notFound = (base: { key: string } | undefined) =>
  rpcError.notFound(`cache entry ${JSON.stringify(base?.key)} not found`);
