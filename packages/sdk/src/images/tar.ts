import { FlyteWebhookError } from "@flyte-webhook/core";

export interface TarEntry {
  /** With `/` between its parts, relative. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

const BLOCK = 512;

/**
 * Files as a tar archive (POSIX ustar), byte-stable: no owner, no time, in the given order. Throws `invalid_declaration`
 * for a path that the format cannot hold.
 */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap(({ path, bytes, executable }) => [
    header(path, bytes.length, executable),
    bytes,
    Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, size: number, executable: boolean): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = split(path);
  block.write(name, 0);
  block.write(executable ? "0000755" : "0000644", 100);
  block.write("0000000", 108);
  block.write("0000000", 116);
  block.write(size.toString(8).padStart(11, "0"), 124);
  block.write("00000000000", 136);
  // The checksum counts itself as blanks.
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\x0000", 257);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** A name has 100 bytes, and 155 more for what is before one of its slashes. */
function split(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return [prefix, name];
  }
  throw new FlyteWebhookError("invalid_declaration", `image: the path ${path} is too long to be sent to a builder`);
}
