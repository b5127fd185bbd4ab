/** MessagePack as the Python SDK writes it: integers as short as they go, every float as float64, text and maps plain. */
import type { JsonObject, JsonValue } from "./json.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Values nested deeper than this are refused rather than followed. */
const MAX_DEPTH = 64;

/** Throws `RangeError` for an integer outside -2^63 … 2^64-1 and for values nested too deep. */
export function encodeMsgpack(value: JsonValue): Uint8Array {
  const bytes: number[] = [];
  write(bytes, value, 0);
  return Uint8Array.from(bytes);
}

function write(out: number[], value: JsonValue, depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH}`);
  if (value === null) out.push(0xc0);
  else if (typeof value === "boolean") out.push(value ? 0xc3 : 0xc2);
  else if (typeof value === "bigint") writeInteger(out, value);
  else if (typeof value === "number") {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    out.push(0xcb, ...new Uint8Array(view.buffer));
  } else if (typeof value === "string") {
    const text = encoder.encode(value);
    writeHead(out, text.length, 0xa0, 32, [0xd9, 0xda, 0xdb]);
    for (const byte of text) out.push(byte);
  } else if (Array.isArray(value)) {
    writeHead(out, value.length, 0x90, 16, [undefined, 0xdc, 0xdd]);
    for (const item of value) write(out, item, depth + 1);
  } else {
    const entries = Object.entries(value);
    writeHead(out, entries.length, 0x80, 16, [undefined, 0xde, 0xdf]);
    for (const [key, item] of entries) {
      write(out, key, depth + 1);
      write(out, item, depth + 1);
    }
  }
}

/** The head of a text, array or map: in the type byte when short, else with 8, 16 or 32 bits of length. */
function writeHead(out: number[], size: number, short: number, below: number, wide: (number | undefined)[]): void {
  if (size < below) out.push(short | size);
  else if (size < 0x100 && wide[0] !== undefined) out.push(wide[0], size);
  else if (size < 0x10000) out.push(wide[1] as number, size >> 8, size & 0xff);
  else out.push(wide[2] as number, size >>> 24, (size >> 16) & 0xff, (size >> 8) & 0xff, size & 0xff);
}

function writeInteger(out: number[], value: bigint): void {
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new RangeError(`the integer ${value} does not fit 64 bits`);
  if (value >= -32n && value < 128n) return void out.push(Number(value) & 0xff);
  const [first, last] = value < 0n ? [0xd0, 63] : [0xcc, 64];
  for (let width = 0; width < 4; width++) {
    const bits = 8 << width;
    const fits = value < 0n ? value >= -(2n ** BigInt(bits - 1)) : value < 2n ** BigInt(bits);
    if (!fits && bits < last) continue;
    out.push(first + width);
    for (let shift = bits - 8; shift >= 0; shift -= 8) out.push(Number((value >> BigInt(shift)) & 0xffn));
    return;
  }
}

/** Decodes to JSON: integers exact, binary as base64 text, map keys as text. Throws when the bytes are no MessagePack. */
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
    const type = Number(this.#unsigned(1));
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
        return this.#float(4);
      case 0xcb:
        return this.#float(8);
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#unsigned(1 << (type - 0xcc));
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3: {
        const width = 1 << (type - 0xd0);
        return BigInt.asIntN(width * 8, this.#unsigned(width));
      }
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
    const entries: [string, JsonValue][] = [];
    for (let i = 0; i < size; i++) entries.push([String(this.value(depth + 1)), this.value(depth + 1)]);
    // `fromEntries` defines own properties, so a key such as `__proto__` is a key like any other.
    return Object.fromEntries(entries);
  }

  #text(size: number): string {
    return decoder.decode(this.#take(size));
  }

  #float(width: 4 | 8): number {
    const at = this.#at;
    this.#take(width);
    return width === 4 ? this.#view.getFloat32(at) : this.#view.getFloat64(at);
  }

  #length(width: number): number {
    return Number(this.#unsigned(width));
  }

  #unsigned(width: number): bigint {
    let value = 0n;
    for (const byte of this.#take(width)) value = (value << 8n) | BigInt(byte);
    return value;
  }

  #take(size: number): Uint8Array {
    if (this.#at + size > this.#bytes.length) throw new RangeError("the bytes end in the middle of a value");
    const start = this.#at;
    this.#at += size;
    return this.#bytes.subarray(start, this.#at);
  }
}

export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
