import { FlyteWebhookError } from "@flyte-webhook/core";
import type { TokenEndpointResponse } from "oauth4webapi";
import { type AuthMetadata, type ReadAuthMetadata, requireAuthMetadata } from "./auth-metadata.ts";
import type { Token, TokenSource } from "./token-source.ts";
import type { StoredTokens, TokenStore } from "./token-store.ts";

/** How a person logs in, and how a login is renewed without them. */
export interface LoginFlow {
  login(metadata: AuthMetadata): Promise<TokenEndpointResponse>;
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

/** How long before its expiry a token is renewed, in milliseconds. */
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
    const { expiresAt, refreshToken } = this.#stored ?? {};
    if (this.#token === undefined || expiresAt === undefined || Date.now() < expiresAt - MARGIN_MS) return this.#token;
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
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<Token> {
    const { origin, name, store, flow } = this.#options;
    const before = this.#stored?.accessToken;
    await this.#load();
    // Another process may have renewed it since.
    if (this.#token && this.#stored?.accessToken !== before && !isExpired(this.#stored)) return this.#token;
    const metadata = await requireAuthMetadata(origin, this.#options.metadata);
    const { refreshToken } = this.#stored ?? {};
    const renewed = refreshToken === undefined ? undefined : await flow.refresh(metadata, refreshToken);
    const response = renewed ?? (await flow.login(metadata));
    const stored: StoredTokens = {
      accessToken: response.access_token,
      // A server that does not give a new one means the old one to be used again.
      refreshToken: response.refresh_token ?? (renewed ? refreshToken : undefined),
      expiresAt: response.expires_in === undefined ? undefined : Date.now() + response.expires_in * 1000,
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

function isExpired({ expiresAt }: StoredTokens = { accessToken: "", header: "" }): boolean {
  return expiresAt !== undefined && Date.now() >= expiresAt - MARGIN_MS;
}
