import { FlyteWebhookError } from "@flyte-webhook/core";
import type { TokenEndpointResponse } from "oauth4webapi";
import { type AuthMetadata, type ReadAuthMetadata, requireAuthMetadata } from "./auth-metadata.ts";
import type { Token, TokenSource } from "./token-source.ts";
import type { StoredTokens, TokenStore } from "./token-store.ts";

/** How a person logs in, and how a login is renewed without them. */
export interface LoginFlow {
  /** `ended`: there was a login, and it can no longer be renewed. */
  login(metadata: AuthMetadata, ended: boolean): Promise<TokenEndpointResponse>;
  /** Undefined when the refresh token is no longer good. */
  refresh(metadata: AuthMetadata, refreshToken: string): Promise<TokenEndpointResponse | undefined>;
}

export interface UserTokensOptions {
  readonly origin: string;
  /** Under which the tokens are stored. */
  readonly name: string;
  readonly store: TokenStore;
  readonly flow: LoginFlow;
  readonly metadata: ReadAuthMetadata;
}

/** How long before its expiry a token is renewed, in milliseconds; at most a tenth of its life. */
const MARGIN_MS = 60_000;

/**
 * Tokens of a person's login: the stored one while it is good, renewed by its refresh token, else by a new login. All of
 * it happens once, however many calls wait for it.
 */
export class UserTokens implements TokenSource {
  readonly interactive = true;
  readonly #options: UserTokensOptions;
  #stored: StoredTokens | undefined;
  #token: Token | undefined;
  #loading: Promise<void> | undefined;
  #renewing: Promise<Token> | undefined;

  constructor(options: UserTokensOptions) {
    this.#options = options;
  }

  async current(): Promise<Token | undefined> {
    this.#loading ??= this.#load();
    await this.#loading;
    if (this.#renewing) return this.#renewing;
    if (this.#stored === undefined || !isDue(this.#stored)) return this.#token;
    const { expiresAt = 0, refreshToken } = this.#stored;
    if (refreshToken !== undefined) return this.#renewOnce();
    return Date.now() < expiresAt ? this.#token : undefined;
  }

  renew(refused: Token | undefined): Promise<Token> {
    if (this.#token !== undefined && this.#token !== refused && !this.#renewing) return Promise.resolve(this.#token);
    return this.#renewOnce();
  }

  /** Forgets the login. */
  async forget(): Promise<void> {
    this.#use(undefined);
    await this.#options.store.delete(this.#options.name);
  }

  #renewOnce(): Promise<Token> {
    const { name, store } = this.#options;
    const renew = () => this.#renew();
    this.#renewing ??= (store.exclusively?.(name, renew) ?? renew()).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<Token> {
    const { origin, name, store, flow } = this.#options;
    const before = this.#stored?.accessToken;
    await this.#load();
    // Another process may have renewed it since.
    if (this.#token && this.#stored && this.#stored.accessToken !== before && !isDue(this.#stored)) return this.#token;
    const metadata = await requireAuthMetadata(origin, this.#options.metadata);
    const { refreshToken } = this.#stored ?? {};
    const renewed = refreshToken === undefined ? undefined : await flow.refresh(metadata, refreshToken);
    const ended = refreshToken !== undefined && renewed === undefined;
    if (ended) await this.forget();
    const response = renewed ?? (await flow.login(metadata, ended));
    const lifeMs = response.expires_in === undefined ? undefined : response.expires_in * 1000;
    const now = Date.now();
    const stored: StoredTokens = {
      accessToken: response.access_token,
      // A server that does not give a new one means the old one to be used again.
      refreshToken: response.refresh_token ?? (renewed ? refreshToken : undefined),
      expiresAt: lifeMs && now + lifeMs,
      renewAt: lifeMs && now + lifeMs - Math.min(MARGIN_MS, lifeMs / 10),
      header: metadata.header,
    };
    await store.write(name, stored).catch((cause: unknown) => {
      throw new FlyteWebhookError("internal", `the login cannot be kept: ${(cause as Error).message}`, { cause });
    });
    return this.#use(stored) as Token;
  }

  async #load(): Promise<void> {
    this.#use(await this.#options.store.read(this.#options.name));
  }

  #use(stored: StoredTokens | undefined): Token | undefined {
    const same = stored?.accessToken === this.#stored?.accessToken;
    this.#stored = stored;
    // A token is told from another by its object, so the same one stays the same object.
    if (!same || stored === undefined) {
      this.#token = stored && { headers: { [stored.header]: `Bearer ${stored.accessToken}` } };
    }
    return this.#token;
  }
}

/** Whether a token is to be renewed before it is used again. */
function isDue({ expiresAt, renewAt }: StoredTokens): boolean {
  return expiresAt !== undefined && Date.now() >= Math.min(expiresAt, renewAt ?? expiresAt - MARGIN_MS);
}
