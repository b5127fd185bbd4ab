import type { Token } from "./token-source.ts";

/** A token with the time it is good for. */
export interface Minted {
  readonly token: Token;
  /** Milliseconds until it expires; undefined when whoever made it does not say. */
  readonly expiresInMs: number | undefined;
}

interface Entry {
  token: Token;
  /** On the clock of `performance.now()`; a token is not used after it. */
  readonly usableUntil: number;
}

/** Entries at most; the one used longest ago goes first. */
const MAX_ENTRIES = 1000;
/** How long before its expiry a token is no longer used: a call takes time, and clocks differ. At most a tenth of its life. */
const MARGIN_MS = 60_000;
/** Life of a token that comes without one. */
const DEFAULT_LIFE_MS = 300_000;

/** Tokens in memory, by name, until shortly before they expire. Each is made once however many ask for it at the same time. */
export class TokenCache {
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<string, Promise<Token>>();
  readonly #now: () => number;

  /** `now` counts milliseconds; for tests. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The token of that name, made by `mint` when there is none. A failure to make it is not kept. */
  get(name: string, mint: () => Promise<Minted>): Promise<Token> {
    const entry = this.#entries.get(name);
    if (!entry || this.#now() >= entry.usableUntil) return this.#mintOnce(name, mint);
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return Promise.resolve(entry.token);
  }

  /** A token other than the refused one, which is forgotten. */
  renew(name: string, refused: Token | undefined, mint: () => Promise<Minted>): Promise<Token> {
    if (this.#entries.get(name)?.token === refused) this.#entries.delete(name);
    return this.get(name, mint);
  }

  #mintOnce(name: string, mint: () => Promise<Minted>): Promise<Token> {
    let pending = this.#pending.get(name);
    if (!pending) {
      pending = mint()
        .then(({ token, expiresInMs = DEFAULT_LIFE_MS }) => {
          const usableUntil = this.#now() + expiresInMs - Math.min(MARGIN_MS, expiresInMs / 10);
          this.#entries.delete(name);
          this.#entries.set(name, { token, usableUntil });
          const [oldest] = this.#entries.keys();
          if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
          return token;
        })
        .finally(() => this.#pending.delete(name));
      this.#pending.set(name, pending);
    }
    return pending;
  }
}
