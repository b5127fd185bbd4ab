/**
 * The parts of a tar archive (POSIX.1-1988 ustar): each header, and each file padded, is of whole blocks. The same file
 * gives the same bytes everywhere, because nothing of its owner or its time is told.
 */

/** Bytes. */
export const TAR_BLOCK = 512;

export interface TarHeader {
  /** UTF-8, at most 100 bytes, relative, with `/` between its parts. */
  readonly name: Uint8Array;
  /** What is before the name and one more `/`, UTF-8, at most 155 bytes. Default none. */
  readonly prefix?: Uint8Array;
  /** Bytes; at most 11 octal digits. */
  readonly size: number;
  /** Default false. */
  readonly executable?: boolean;
  /** `0` a regular file (the default), `x` pax records of the next one. */
  readonly type?: "0" | "x";
}

export function tarHeader({ name, prefix, size, executable = false, type = "0" }: TarHeader): Uint8Array {
  const block = new Uint8Array(TAR_BLOCK);
  const write = (ascii: string, at: number): void =>
    block.set(
      Array.from(ascii, (character) => character.charCodeAt(0)),
      at,
    );
  block.set(name, 0);
  write(executable ? "0000755" : "0000644", 100);
  write("0000000", 108);
  write("0000000", 116);
  write(size.toString(8).padStart(11, "0"), 124);
  write("00000000000", 136);
  write(type, 156);
  write("ustar\x0000", 257);
  if (prefix) block.set(prefix, 345);
  write(`${tarChecksum(block)}\0 `, 148);
  return block;
}

/** The checksum of a header in octal digits; its own field counts as blanks. */
export function tarChecksum(header: Uint8Array): string {
  let sum = 8 * 32;
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum.toString(8).padStart(6, "0");
}

/** What follows the bytes of a file of that size. */
export const tarPadding = (size: number): Uint8Array => new Uint8Array((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);

/** What follows the last file. */
export const TAR_END: Uint8Array = new Uint8Array(2 * TAR_BLOCK);
