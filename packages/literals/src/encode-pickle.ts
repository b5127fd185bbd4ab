import { ByteWriter } from "./byte-writer.ts";
import type { JsonValue } from "./json.ts";
import { keysOf } from "./key-order.ts";

/** Values nested deeper than this are refused rather than followed. */
const MAX_DEPTH = 64;

const OP = {
  PROTO: 0x80,
  NONE: 0x4e,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  BININT: 0x4a,
  LONG1: 0x8a,
  BINFLOAT: 0x47,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPENDS: 0x65,
  EMPTY_DICT: 0x7d,
  SETITEMS: 0x75,
  MARK: 0x28,
  STOP: 0x2e,
} as const;

/**
 * A pickle (protocol 2) of plain JSON, for a task's `Any`: the only form in which a task takes one. It builds values and
 * names nothing to import or call. Pickles are written, never read. Throws `RangeError` for values nested too deep.
 */
export function encodePickle(value: JsonValue): Uint8Array {
  const out = new ByteWriter();
  out.byte(OP.PROTO);
  out.byte(2);
  write(out, value, 0);
  out.byte(OP.STOP);
  return out.finish();
}

function write(out: ByteWriter, value: JsonValue, depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH}`);
  if (value === null) out.byte(OP.NONE);
  else if (typeof value === "boolean") out.byte(value ? OP.NEWTRUE : OP.NEWFALSE);
  else if (typeof value === "bigint") writeInteger(out, value);
  else if (typeof value === "number") {
    out.byte(OP.BINFLOAT);
    out.float64(value);
  } else if (typeof value === "string") {
    out.byte(OP.BINUNICODE);
    out.text(value, (size) => out.uint32(size, true));
  } else if (Array.isArray(value)) {
    out.byte(OP.EMPTY_LIST);
    if (value.length === 0) return;
    out.byte(OP.MARK);
    for (const item of value) write(out, item, depth + 1);
    out.byte(OP.APPENDS);
  } else {
    const keys = keysOf(value);
    out.byte(OP.EMPTY_DICT);
    if (keys.length === 0) return;
    out.byte(OP.MARK);
    for (const key of keys) {
      write(out, key, depth + 1);
      write(out, value[key] as JsonValue, depth + 1);
    }
    out.byte(OP.SETITEMS);
  }
}

/** 32 bits when they are enough, else as many bytes as the number needs, lowest first. */
function writeInteger(out: ByteWriter, value: bigint): void {
  if (value >= -0x80000000n && value <= 0x7fffffffn) {
    out.byte(OP.BININT);
    out.uint32(Number(value) >>> 0, true);
    return;
  }
  let size = 5;
  while (BigInt.asIntN(size * 8, value) !== value) size++;
  if (size > 255) throw new RangeError("an integer of more than 255 bytes");
  out.byte(OP.LONG1);
  out.byte(size);
  for (let i = 0; i < size; i++) out.byte(Number((value >> BigInt(8 * i)) & 0xffn));
}
