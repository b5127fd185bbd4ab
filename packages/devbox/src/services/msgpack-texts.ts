/**
 * Changes the texts in msgpack data and leaves the rest byte for byte: values pass through that are of no kind known
 * here. What is no msgpack stays as it is.
 */
export function changeTexts(data: Uint8Array, change: (text: string) => string): Uint8Array {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const parts: Uint8Array[] = [];
  let copied = 0;
  for (let at = 0; at < bytes.length; ) {
    const item = itemAt(bytes, at);
    if (item === undefined || at + item.head + item.body > bytes.length) return data;
    const begin = at + item.head;
    at = begin + item.body;
    if (!item.text) continue;
    const text = bytes.toString("utf8", begin, at);
    const changed = change(text);
    if (changed === text) continue;
    parts.push(bytes.subarray(copied, begin - item.head), packed(changed));
    copied = at;
  }
  return parts.length === 0 ? data : Buffer.concat([...parts, bytes.subarray(copied)]);
}

interface Item {
  /** Bytes that say what it is and how long. */
  readonly head: number;
  /** Bytes of a value; 0 of an array or a map, whose items follow. */
  readonly body: number;
  readonly text?: boolean;
}

/** Bytes of the values of types 0xca to 0xd8: floats, unsigned and signed integers, and extensions of fixed length. */
const FIXED = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17];

function itemAt(bytes: Buffer, at: number): Item | undefined {
  const type = bytes.readUInt8(at);
  if (type >= 0xa0 && type <= 0xbf) return { head: 1, body: type - 0xa0, text: true };
  if (type < 0xc4 || type >= 0xe0) return { head: 1, body: 0 };
  if (type <= 0xc6) return sized(bytes, at, 1 << (type - 0xc4));
  if (type <= 0xc9) return sized(bytes, at, 1 << (type - 0xc7), 1);
  if (type <= 0xd8) return { head: 1, body: FIXED[type - 0xca] ?? 0 };
  if (type <= 0xdb) {
    const item = sized(bytes, at, 1 << (type - 0xd9));
    return item && { ...item, text: true };
  }
  return { head: type % 2 === 0 ? 3 : 5, body: 0 };
}

function sized(bytes: Buffer, at: number, width: number, more = 0): Item | undefined {
  if (at + 1 + width > bytes.length) return undefined;
  return { head: 1 + width, body: bytes.readUIntBE(at + 1, width) + more };
}

function packed(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(5);
  head[0] = 0xdb;
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}
