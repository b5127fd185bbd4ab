import { FlyteWebhookError } from "@flyte-webhook/core";
import { type ApiKeyRow, type ApiKeys, SCOPES, type Scope } from "../store/api-keys.ts";
import type { OAuthRecords } from "../store/oauth-records.ts";
import { nowMicros } from "../store/time.ts";

export interface ApiKeyRequest {
  /** 1 to 63 letters, digits and `-`; who its bearer is, and the client id. */
  readonly name: string;
  /** Default `all`. `run`: run and abort what is deployed, and read; `read`: read. */
  readonly scope?: Scope;
  /** Default: for ever. */
  readonly expiresInSeconds?: number;
}

export interface ApiKeyInfo {
  readonly name: string;
  readonly scope: Scope;
  /** RFC 3339. */
  readonly createdAt: string;
  /** RFC 3339; null for a key that does not expire. */
  readonly expiresAt: string | null;
}

export interface NewApiKey extends ApiKeyInfo {
  /** The key: a bearer token, and the secret of the client whose id is the name. Shown this once. */
  readonly key: string;
  /** The same in the form of Flyte's API keys, base64 of `endpoint:clientId:clientSecret:org`. */
  readonly flyteApiKey: string;
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** API keys for people: created, listed, revoked. */
export class ApiKeyService {
  readonly #keys: ApiKeys;
  readonly #records: OAuthRecords;
  readonly #host: string;

  /** `host` is the control plane's, with its port. */
  constructor(keys: ApiKeys, records: OAuthRecords, host: string) {
    this.#keys = keys;
    this.#records = records;
    this.#host = host;
  }

  /** Throws `invalid_argument`, and `already_exists` for a name that has a key that is still good. */
  create({ name, scope = "all", expiresInSeconds }: ApiKeyRequest): NewApiKey {
    if (typeof name !== "string" || !NAME.test(name))
      throw new FlyteWebhookError("invalid_argument", "a key's name is 1 to 63 letters, digits and -");
    if (!SCOPES.includes(scope))
      throw new FlyteWebhookError("invalid_argument", `a key's scope is one of ${SCOPES.join(", ")}`);
    if (
      expiresInSeconds !== undefined &&
      !(Number.isSafeInteger(expiresInSeconds) && expiresInSeconds > 0 && expiresInSeconds < 1e10)
    )
      throw new FlyteWebhookError("invalid_argument", "expiresInSeconds is a whole number of seconds above 0");
    if (this.#keys.bySubject(name))
      throw new FlyteWebhookError("already_exists", `there is a key ${name}; revoke it first, or choose another name`);
    const expiresAt = expiresInSeconds === undefined ? null : nowMicros() + expiresInSeconds * 1_000_000;
    const key = this.#keys.create(name, { scope, expiresAt });
    const row = this.#keys.bySubject(name);
    if (!row) throw new Error("the key is not there");
    return { ...infoOf(row), key, flyteApiKey: Buffer.from(`${this.#host}:${name}:${key}:`).toString("base64") };
  }

  list(): ApiKeyInfo[] {
    return this.#keys.list().map(infoOf);
  }

  /** From now on the key is refused, and all tokens that it was exchanged for. Throws `not_found`. */
  revoke(name: string): void {
    if (!this.#keys.revoke(name)) throw new FlyteWebhookError("not_found", `there is no key ${JSON.stringify(name)}`);
    this.#records.removeClient(name);
  }
}

const timeOf = (micros: number): string => new Date(micros / 1000).toISOString();

function infoOf({ subject, scope, created_at, expires_at }: ApiKeyRow): ApiKeyInfo {
  return {
    name: subject,
    scope,
    createdAt: timeOf(created_at),
    expiresAt: expires_at === null ? null : timeOf(expires_at),
  };
}
