import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** A pipe that a task put in the place of its log is opened without waiting for who would write to it. */
export const OPEN_LOG = constants.O_RDONLY | constants.O_NONBLOCK;

const TAIL_BYTES = 4096;
const TAIL_LINES = 15;

/** The last lines of a log, for an error message; empty when there are none. */
export function logTail(path: string): string {
  let file: number;
  try {
    file = openSync(path, OPEN_LOG);
  } catch {
    return "";
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile()) return "";
    const { size } = found;
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    // The cut may fall into a line, or into a character.
    const text = bytes.toString().replace(/^�+/, "");
    const lines = text.trimEnd().split("\n");
    return (size > TAIL_BYTES && lines.length > 1 ? lines.slice(1) : lines).slice(-TAIL_LINES).join("\n").trim();
  } finally {
    closeSync(file);
  }
}
