/**
 * The order of an object's keys as they were written. JavaScript moves keys that read as array indexes (`"10"`, `"2"`) to
 * the front, in numeric order; a Python dict keeps them where they are, and so do the bytes a cache key is made of. The
 * written order of such objects is remembered beside them.
 */
const written = new WeakMap<object, readonly string[]>();

/** Whether JavaScript moves the key; most keys do not even begin with a digit. */
function isIndex(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 0x30 && first <= 0x39 && /^(?:0|[1-9]\d{0,9})$/.test(key);
}

/** Makes an object key by key; of a key that occurs twice the last value counts, at the first place. */
export class ObjectBuilder<T> {
  readonly object: Record<string, T> = {};
  /** The keys so far, once there is one that is moved. */
  #keys: string[] | undefined;

  set(key: string, value: T): void {
    if (this.#keys !== undefined || isIndex(key)) {
      this.#keys ??= Object.keys(this.object);
      if (!Object.hasOwn(this.object, key)) this.#keys.push(key);
    }
    if (key === "__proto__") {
      // A key like any other, where an assignment would set the prototype.
      Object.defineProperty(this.object, key, { value, writable: true, enumerable: true, configurable: true });
    } else this.object[key] = value;
  }

  finish(): Record<string, T> {
    const keys = this.#keys;
    if (keys && Object.keys(this.object).some((key, index) => key !== keys[index])) written.set(this.object, keys);
    return this.object;
  }
}

/** An object of these entries, in this order. */
export function objectOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const builder = new ObjectBuilder<T>();
  for (const [key, value] of entries) builder.set(key, value);
  return builder.finish();
}

/** An object's own keys in the order in which they were written. */
export function keysOf(object: object): readonly string[] {
  const own = Object.keys(object);
  // Keys that are moved come first, so the first one tells whether there are any.
  if (own.length < 2 || !isIndex(own[0] as string)) return own;
  const keys = written.get(object);
  // An object that was changed after it was made has only the order JavaScript knows.
  return keys?.length === own.length && keys.every((key) => Object.hasOwn(object, key)) ? keys : own;
}

/** Whether `JSON.stringify` would write this object's keys in another order than they came. */
export function isReordered(object: object): boolean {
  return written.has(object);
}
