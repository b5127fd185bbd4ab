const encoder = new TextEncoder();

/** Bytes that grow as they are written; integers are big-endian unless said otherwise. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#size++] = value;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#size, value);
    this.#size += 2;
  }

  uint32(value: number, littleEndian = false): void {
    this.#reserve(4);
    this.#view.setUint32(this.#size, value, littleEndian);
    this.#size += 4;
  }

  /** The low 64 bits, signed or not. */
  uint64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#size, BigInt.asUintN(64, value));
    this.#size += 8;
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#size, value);
    this.#size += 8;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** A text in UTF-8 after its length; `head` writes the length, in bytes. */
  text(value: string, head: (size: number) => void): void {
    if (value.length > 64) {
      const bytes = encoder.encode(value);
      head(bytes.length);
      this.append(bytes);
      return;
    }
    // Short texts are mostly ASCII and not worth an array of their own.
    const start = this.#size;
    head(value.length);
    this.#reserve(value.length);
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        const bytes = encoder.encode(value);
        this.#size = start;
        head(bytes.length);
        this.append(bytes);
        return;
      }
      this.#bytes[this.#size++] = code;
    }
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  #reserve(size: number): void {
    const needed = this.#size + size;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
