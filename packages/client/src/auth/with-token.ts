import { FlyteWebhookError } from "@flyte-webhook/core";
import type { Caller, CallOptions } from "../caller.ts";
import type { Token, TokenSource } from "./token-source.ts";

/** A call's credentials once a token stands for them. */
export interface Authorized {
  readonly caller: Caller;
  readonly headers: Token["headers"] | undefined;
  /** Milliseconds left of the call. */
  readonly timeoutMs: number | undefined;
}

/** One call, by attempts: the first, and another with a new token when the control plane refuses the first. */
export class TokenCall {
  readonly #source: TokenSource;
  readonly #call: CallOptions;
  readonly #started = performance.now();
  readonly #timeoutMs: number | undefined;
  #token: Token | undefined;

  constructor(source: TokenSource, call: CallOptions, timeoutMs: number | undefined) {
    this.#source = source;
    this.#call = call;
    this.#timeoutMs = timeoutMs;
  }

  async first(): Promise<Authorized> {
    this.#token = await this.#inTime(this.#source.current());
    return this.#authorized();
  }

  /** The second attempt after this error, or undefined when there is none: the error stands. */
  async again(error: unknown): Promise<Authorized | undefined> {
    if (!(error instanceof FlyteWebhookError && error.code === "unauthenticated")) return undefined;
    const token = await this.#inTime(this.#source.renew(this.#token));
    if (token === undefined) return undefined;
    this.#token = token;
    return this.#authorized();
  }

  /** What the second attempt throws; a new token that is refused like the one before needs another mend than a login. */
  static refusedAgain(error: unknown): never {
    if (!(error instanceof FlyteWebhookError && error.code === "unauthenticated")) throw error;
    throw new FlyteWebhookError("unauthenticated", error.message, {
      hint: "The token is new, so another login changes nothing: its audience, issuer or scopes are not those that the control plane takes, or the clock of one of them is wrong.",
      cause: error.cause,
    });
  }

  #authorized(): Authorized {
    const { caller } = this.#call;
    return {
      // What the token stands for is not sent beside it.
      caller: caller?.cookie === undefined ? {} : { cookie: caller.cookie },
      headers: this.#token?.headers,
      timeoutMs: this.#left(),
    };
  }

  #left(): number | undefined {
    if (this.#timeoutMs === undefined || this.#source.interactive) return this.#timeoutMs;
    return Math.max(1, Math.round(this.#timeoutMs - (performance.now() - this.#started)));
  }

  /** A token is made for all who wait for it; the deadline and the signal of one call end its own waiting only. */
  async #inTime<T>(token: Promise<T>): Promise<T> {
    const { signal } = this.#call;
    const left = this.#source.interactive ? undefined : this.#left();
    if (left === undefined && signal === undefined) return token;
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    const end = new Promise<never>((_, reject) => {
      const late = () => reject(new FlyteWebhookError("deadline_exceeded", "no access token came in time"));
      if (left !== undefined) timer = setTimeout(late, left);
      onAbort = () => reject(new FlyteWebhookError("canceled", "the call was canceled", { cause: signal?.reason }));
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true });
    });
    try {
      return await Promise.race([token, end]);
    } finally {
      clearTimeout(timer);
      if (onAbort) signal?.removeEventListener("abort", onAbort);
      // Nobody may be left who hears of a failure.
      token.catch(() => {});
    }
  }
}
