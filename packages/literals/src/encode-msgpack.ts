import { ByteWriter } from "./byte-writer.ts";
import { keysOf } from "./key-order.ts";

/** What MessagePack holds: JSON with exact numbers, and bytes. */
export type Packable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Packable[]
  | { [key: string]: Packable };

/** Values nested deeper than this are refused rather than followed. */
const MAX_DEPTH = 64;

/**
 * MessagePack as the Python SDK writes it: integers as short as they go, every float as float64, text and maps plain, no
 * extension types. Throws `RangeError` for an integer outside -2^63 … 2^64-1 and for values nested too deep.
 */
export function encodeMsgpack(value: Packable): Uint8Array {
  const writer = new ByteWriter();
  write(writer, value, 0);
  return writer.finish();
}

function write(out: ByteWriter, value: Packable, depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH}`);
  if (value === null) out.byte(0xc0);
  else if (typeof value === "boolean") out.byte(value ? 0xc3 : 0xc2);
  else if (typeof value === "bigint") writeInteger(out, value);
  else if (typeof value === "number") {
    out.byte(0xcb);
    out.float64(value);
  } else if (typeof value === "string") {
    out.text(value, (size) => writeHead(out, size, 0xa0, 32, 0xd9));
  } else if (value instanceof Uint8Array) {
    writeHead(out, value.length, 0, 0, 0xc4);
    out.append(value);
  } else if (Array.isArray(value)) {
    writeHead(out, value.length, 0x90, 16, 0xdb);
    for (const item of value) write(out, item, depth + 1);
  } else {
    const keys = keysOf(value);
    writeHead(out, keys.length, 0x80, 16, 0xdd);
    for (const key of keys) {
      write(out, key, depth + 1);
      write(out, value[key] as Packable, depth + 1);
    }
  }
}

/**
 * The head of a text, binary, array or map: in the type byte when short, else with 8, 16 or 32 bits of length after the
 * bytes `wide`, `wide + 1` and `wide + 2`. Arrays and maps have no 8-bit form, hence the type byte that is not theirs.
 */
function writeHead(out: ByteWriter, size: number, short: number, below: number, wide: number): void {
  if (size < below) out.byte(short | size);
  else if (size < 0x100 && wide !== 0xdb && wide !== 0xdd) {
    out.byte(wide);
    out.byte(size);
  } else if (size < 0x10000) {
    out.byte(wide + 1);
    out.uint16(size);
  } else {
    out.byte(wide + 2);
    out.uint32(size);
  }
}

function writeInteger(out: ByteWriter, value: bigint): void {
  if (value >= -0x80000000n && value <= 0xffffffffn) {
    writeSmall(out, Number(value));
    return;
  }
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new RangeError(`the integer ${value} does not fit 64 bits`);
  out.byte(value < 0n ? 0xd3 : 0xcf);
  out.uint64(value);
}

function writeSmall(out: ByteWriter, value: number): void {
  if (value >= -32 && value < 128) out.byte(value & 0xff);
  else if (value >= -128 && value < 256) {
    out.byte(value < 0 ? 0xd0 : 0xcc);
    out.byte(value & 0xff);
  } else if (value >= -0x8000 && value < 0x10000) {
    out.byte(value < 0 ? 0xd1 : 0xcd);
    out.uint16(value & 0xffff);
  } else {
    out.byte(value < 0 ? 0xd2 : 0xce);
    out.uint32(value >>> 0);
  }
}
