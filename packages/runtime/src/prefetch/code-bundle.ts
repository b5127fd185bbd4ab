import { gzipSync } from "node:zlib";

const BLOCK = 512;

/**
 * A gzipped tar archive of one text file: the code bundle that Flyte's entry point unpacks. The same content gives the same
 * bytes, because nothing of the time or the machine is in it.
 */
export function codeBundle(filename: string, text: string): Uint8Array {
  const content = Buffer.from(text);
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  const end = Buffer.alloc(2 * BLOCK);
  return gzipSync(Buffer.concat([header(filename, content.length), content, padding, end]), { level: 9 });
}

/** A ustar header, POSIX.1-1988: fixed fields, numbers in octal. */
function header(filename: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  block.write(filename, 0, 100);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(" ".repeat(8), 148);
  block.write("0", 156);
  block.write("ustar\0", 257);
  block.write("00", 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
