import type { ContextKey, ContextValues } from "@connectrpc/connect";

/** A key by which a value of a call reaches the transport; a call without the value has undefined. */
export function callContextKey<T>(description: string): ContextKey<T | undefined> {
  return { id: Symbol(description), defaultValue: undefined };
}

/** Connect's context values. Its own come with all of Connect and of protobuf, which a webhook is up without. */
export class CallContext implements ContextValues {
  readonly #values = new Map<symbol, unknown>();

  get<T>(key: ContextKey<T>): T {
    return this.#values.has(key.id) ? (this.#values.get(key.id) as T) : key.defaultValue;
  }

  set<T>(key: ContextKey<T>, value: T): this {
    this.#values.set(key.id, value);
    return this;
  }

  delete(key: ContextKey<unknown>): this {
    this.#values.delete(key.id);
    return this;
  }
}
