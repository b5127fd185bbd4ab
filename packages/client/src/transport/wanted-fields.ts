import type { DescMessage } from "@bufbuild/protobuf";
import type { ContextKey } from "@connectrpc/connect";
import { callContextKey } from "../call-context.ts";

/** Fields of a message by number; `undefined` wants the whole field. */
export type WantedFields = ReadonlyMap<number, WantedFields | undefined>;

/** Fields by their local names, nested as the messages are; `true` wants the whole field. */
export interface FieldNames {
  readonly [localName: string]: true | FieldNames;
}

/**
 * The fields of an answer that its reader looks at. A transport may leave out all others: decoding a task's whole
 * template to learn the phase of its run costs more than the rest of the request.
 */
export const wantedFieldsKey: ContextKey<WantedFields | undefined> = callContextKey("flyte-webhook wanted fields");

/** Throws `TypeError` for a name that the message does not have. */
export function wantedFields(message: DescMessage, names: FieldNames): WantedFields {
  return new Map(
    Object.entries(names).map(([name, below]) => {
      const field = message.field[name];
      if (!field) throw new TypeError(`${message.typeName} has no field ${name}`);
      if (below === true) return [field.number, undefined];
      // Of a list of messages, each is reduced; a map has entries of its own kind and is wanted whole or not at all.
      if (!field.message || field.fieldKind === "map") throw new TypeError(`${message.typeName}.${name} is no message`);
      return [field.number, wantedFields(field.message, below)];
    }),
  );
}

/**
 * The wanted fields of an encoded message, encoded. Bytes that are no message come back as they are, for the decoder
 * to complain about.
 */
export function keepFields(bytes: Uint8Array, wanted: WantedFields): Uint8Array {
  try {
    const copy = new FieldCopy(bytes);
    copy.fields(bytes.length, wanted);
    return copy.out.subarray(0, copy.to);
  } catch {
    return bytes;
  }
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

class FieldCopy {
  readonly out: Uint8Array;
  /** Where the copy ends. */
  to = 0;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    // Not out of Node's pool, whose slabs outlive young collections.
    this.out = Buffer.allocUnsafeSlow(bytes.length);
  }

  /** Copies what is wanted of the fields up to `end`. Throws `RangeError` where the bytes are no message. */
  fields(end: number, wanted: WantedFields): void {
    while (this.#at < end) {
      const start = this.#at;
      const tag = this.#varint(end);
      const wireType = tag & 7;
      const lengthAt = this.#at;
      const length = this.#bodyLength(wireType, end);
      const body = this.#at;
      if (body + length > end) throw new RangeError("a field is longer than its message");
      this.#at = body + length;
      const number = tag >>> 3;
      if (!wanted.has(number)) continue;
      const below = wanted.get(number);
      if (below === undefined || wireType !== LENGTH_DELIMITED) {
        this.#copy(start, this.#at);
        continue;
      }
      // The length is known only after the copy; it is written in as many bytes as the original took.
      this.#copy(start, body);
      const from = this.to;
      this.#at = body;
      this.fields(body + length, below);
      this.#rewriteLength(from - (body - lengthAt), from, this.to - from);
    }
  }

  #copy(start: number, end: number): void {
    const bytes = this.#bytes;
    let to = this.to;
    for (let i = start; i < end; i++) this.out[to++] = bytes[i] as number;
    this.to = to;
  }

  /** Bytes of a field's value after what was read of it. */
  #bodyLength(wireType: number, end: number): number {
    if (wireType === LENGTH_DELIMITED) return this.#varint(end);
    if (wireType === FIXED64) return 8;
    if (wireType === FIXED32) return 4;
    if (wireType !== VARINT) throw new RangeError(`wire type ${wireType}`);
    this.#varint(end);
    return 0;
  }

  /** The low 32 bits of a varint. */
  #varint(end: number): number {
    let value = 0;
    for (let shift = 0; this.#at < end && shift < 70; shift += 7) {
      const byte = this.#bytes[this.#at++] as number;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError("a number without an end");
  }

  /** A varint may be longer than it needs to be. */
  #rewriteLength(at: number, end: number, value: number): void {
    for (; at < end - 1; at++) {
      this.out[at] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    this.out[at] = value;
  }
}
