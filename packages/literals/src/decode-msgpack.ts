import { base64 } from "./base64.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { ObjectBuilder } from "./key-order.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Values nested deeper than this are refused; Python's own reader stops at 1024. */
const MAX_DEPTH = 256;

/**
 * Decodes to JSON: integers exact, binary as base64 text, map keys as text, in their order. Throws `RangeError` or
 * `TypeError` when the bytes are no MessagePack of Flyte.
 */
export function decodeMsgpack(bytes: Uint8Array): JsonValue {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (!reader.done) throw new RangeError("bytes after the end of the value");
  return value;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH}`);
    const type = this.#view.getUint8(this.#skip(1));
    if (type < 0x80) return BigInt(type);
    if (type < 0x90) return this.#map(type & 0x0f, depth);
    if (type < 0xa0) return this.#array(type & 0x0f, depth);
    if (type < 0xc0) return this.#text(type & 0x1f);
    if (type >= 0xe0) return BigInt(type - 0x100);
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return type === 0xc3;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return base64(this.#take(this.#length(1 << (type - 0xc4))));
      case 0xca:
        return this.#view.getFloat32(this.#skip(4));
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return BigInt(this.#length(1 << (type - 0xcc)));
      case 0xcf:
        return this.#view.getBigUint64(this.#skip(8));
      case 0xd0:
        return BigInt(this.#view.getInt8(this.#skip(1)));
      case 0xd1:
        return BigInt(this.#view.getInt16(this.#skip(2)));
      case 0xd2:
        return BigInt(this.#view.getInt32(this.#skip(4)));
      case 0xd3:
        return this.#view.getBigInt64(this.#skip(8));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#length(1 << (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#length(type === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#length(type === 0xde ? 2 : 4), depth);
      default:
        throw new RangeError(`type byte 0x${type.toString(16)} is not used in Flyte's MessagePack`);
    }
  }

  #array(size: number, depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    for (let i = 0; i < size; i++) items.push(this.value(depth + 1));
    return items;
  }

  #map(size: number, depth: number): JsonObject {
    const builder = new ObjectBuilder<JsonValue>();
    for (let i = 0; i < size; i++) {
      const key = this.value(depth + 1);
      // A key that is no text or scalar exists in MessagePack, not in JSON; as text it would be `[object Object]`.
      if (typeof key === "object" && key !== null) throw new RangeError("a map has a key that is a list or a map");
      builder.set(String(key), this.value(depth + 1));
    }
    return builder.finish();
  }

  #text(size: number): string {
    const bytes = this.#take(size);
    if (size > 24) return decoder.decode(bytes);
    // Short texts are mostly ASCII keys, for which a decoder takes longer than all the rest.
    let text = "";
    for (const byte of bytes) {
      if (byte > 0x7f) return decoder.decode(bytes);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #length(width: number): number {
    const at = this.#skip(width);
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** Moves on and answers where it was. */
  #skip(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw new RangeError("the bytes end in the middle of a value");
    this.#at += size;
    return at;
  }

  #take(size: number): Uint8Array {
    const start = this.#skip(size);
    return this.#bytes.subarray(start, start + size);
  }
}
