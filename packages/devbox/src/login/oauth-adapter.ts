import type { Adapter, AdapterPayload } from "oidc-provider";
import type { ApiKeys } from "../store/api-keys.ts";
import type { OAuthPayload, OAuthRecords } from "../store/oauth-records.ts";

/** What a login that was made outlives a restart by. */
const KEPT = new Set(["AccessToken", "RefreshToken", "ClientCredentials", "Grant"]);

/** Logins that are being made at the same time; more than that and the oldest is forgotten. */
const MAX_PENDING = 1000;

/**
 * Where the authorization server keeps things: tokens and grants in the database; what a login needs while it is being
 * made (codes, sessions of pages), in memory, so that no secret of it is ever written; and its clients are the API keys.
 */
export function oauthAdapters(records: OAuthRecords, keys: ApiKeys): (model: string) => Adapter {
  return (model) => {
    if (model === "Client") return clients(keys);
    return KEPT.has(model) ? kept(model, records) : pending();
  };
}

function kept(model: string, records: OAuthRecords): Adapter {
  return {
    upsert: async (id, payload, expiresIn = 0) =>
      records.put(model, id, payload as OAuthPayload, Math.floor(Date.now() / 1000) + expiresIn),
    find: async (id) => records.find(model, id) as AdapterPayload | undefined,
    consume: async (id) => {
      const found = records.find(model, id);
      if (found) records.put(model, id, { ...found, consumed: Date.now() / 1000 }, Number(found.exp));
    },
    destroy: async (id) => records.remove(model, id),
    revokeByGrantId: async (grantId) => records.removeGrant(grantId),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  };
}

function pending(): Adapter {
  const entries = new Map<string, { payload: AdapterPayload; until: number }>();
  const where = async (matches: (payload: AdapterPayload) => boolean) => {
    for (const { payload, until } of entries.values()) if (until > Date.now() && matches(payload)) return payload;
    return undefined;
  };
  return {
    upsert: async (id, payload, expiresIn = 0) => {
      entries.delete(id);
      entries.set(id, { payload, until: Date.now() + expiresIn * 1000 });
      for (const [old, { until }] of entries) {
        if (until > Date.now() && entries.size <= MAX_PENDING) break;
        entries.delete(old);
      }
    },
    find: async (id) => {
      const entry = entries.get(id);
      return entry && entry.until > Date.now() ? entry.payload : undefined;
    },
    consume: async (id) => {
      const entry = entries.get(id);
      if (entry) entry.payload = { ...entry.payload, consumed: Date.now() / 1000 };
    },
    destroy: async (id) => void entries.delete(id),
    revokeByGrantId: async (grantId) => {
      for (const [id, { payload }] of entries) if (payload.grantId === grantId) entries.delete(id);
    },
    findByUid: (uid) => where((payload) => payload.uid === uid),
    findByUserCode: (code) => where((payload) => payload.userCode === code),
  };
}

/** An API key is a client that logs in as itself: its name is the id, the key the secret. */
function clients(keys: ApiKeys): Adapter {
  const nothing = async () => undefined;
  return {
    find: async (id) => {
      const key = keys.bySubject(id);
      if (!key) return undefined;
      return {
        client_id: key.subject,
        // Not the secret, which is not kept: what is presented is compared with the key's digest.
        client_secret: `made-at-${key.created_at}`,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: "client_secret_basic",
      };
    },
    upsert: nothing,
    consume: nothing,
    destroy: nothing,
    revokeByGrantId: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
  };
}
