import { TAR_BLOCK, tarChecksum, tarHeader, tarPadding } from "@flyte-webhook/core/ustar";

/**
 * Tar archives (POSIX ustar, with pax records for long paths and large files) as streams: an archive may be larger than
 * memory. Regular files alone; whatever else an archive holds is refused.
 */
export interface TarEntry {
  /** With `/` between its parts, relative. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
}

const MAX_NAME = 100;
const MAX_SIZE = 0o77777777777;
/** Most bytes of one file's pax records. */
const MAX_PAX = 65_536;

export function entryHeader({ path, size, executable }: TarEntry): Uint8Array {
  const name = Buffer.from(path);
  if (name.length <= MAX_NAME && size <= MAX_SIZE) return tarHeader({ name, size, executable });
  const records = Buffer.from(record("path", path) + record("size", String(size)));
  return Buffer.concat([
    tarHeader({ name: Buffer.from("pax"), size: records.length, type: "x" }),
    records,
    tarPadding(records.length),
    tarHeader({ name: Buffer.from("see-pax"), size: Math.min(size, MAX_SIZE), executable }),
  ]);
}

/** The length in front of a record counts itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (String(length).length !== String(bytes).length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

/**
 * The entries in order, each with its bytes, which must be read before the next entry is asked for. Throws an `Error`
 * for what is no such archive, or ends before its end.
 */
export async function* readEntries(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ entry: TarEntry; bytes: AsyncIterable<Uint8Array> }> {
  const input = new ByteReader(source);
  let long: { path?: string; size?: number } = {};
  for (;;) {
    const header = await input.exactly(TAR_BLOCK);
    if (header.every((byte) => byte === 0)) {
      // Read to its end, so that what is wrong behind it is found.
      while ((await input.atMost(65_536)).length > 0);
      return;
    }
    if (field(header, 148, 6) !== tarChecksum(header)) throw new Error("a header of the archive is damaged");
    const size = Number.parseInt(field(header, 124, 12), 8);
    const type = field(header, 156, 1);
    if (type === "x") {
      if (!(size <= MAX_PAX)) throw new Error("a header of the archive is too long");
      long = recordsOf(await input.exactly(size));
      await input.exactly(tarPadding(size).length);
      continue;
    }
    const entry: TarEntry = {
      path: long.path ?? field(header, 0, MAX_NAME),
      size: long.size ?? size,
      executable: (Number.parseInt(field(header, 100, 8), 8) & 0o100) !== 0,
    };
    long = {};
    if (type !== "0") throw new Error(`${JSON.stringify(entry.path.slice(0, 200))} in the archive is no regular file`);
    if (!Number.isSafeInteger(entry.size) || entry.size < 0) throw new Error("a header of the archive is damaged");
    let left = entry.size;
    yield {
      entry,
      bytes: (async function* () {
        while (left > 0) {
          const chunk = await input.atMost(left);
          if (chunk.length === 0) throw new Error("the archive ends too early");
          left -= chunk.length;
          yield chunk;
        }
      })(),
    };
    if (left > 0) throw new Error("an entry was not read to its end");
    await input.exactly(tarPadding(entry.size).length);
  }
}

function field(header: Buffer, at: number, length: number): string {
  const end = header.indexOf(0, at);
  return header.toString("utf8", at, end === -1 || end > at + length ? at + length : end).trimEnd();
}

function recordsOf(bytes: Buffer): { path?: string; size?: number } {
  const records: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.toString("latin1", at, at + 8), 10);
    if (!(length > 3) || at + length > bytes.length) throw new Error("a header of the archive is damaged");
    const [, key, value = ""] = /^\d+ ([^=]+)=(.*)\n$/s.exec(bytes.toString("utf8", at, at + length)) ?? [];
    if (key === "path") records.path = value;
    if (key === "size") records.size = Number(value);
    at += length;
  }
  return records;
}

class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async exactly(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const part = await this.atMost(left);
      if (part.length === 0) throw new Error("the archive ends too early");
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** At least one byte, unless there is none any more. */
  async atMost(length: number): Promise<Buffer> {
    while (this.#held.length === 0) {
      const { value, done } = await this.#source.next();
      if (done) return Buffer.alloc(0);
      this.#held = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const part = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(part.length);
    return part;
  }
}
