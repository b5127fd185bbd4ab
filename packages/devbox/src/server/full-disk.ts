const SQLITE_FULL = 13;

/**
 * What a caller is told when the disk of the data directory has no room for what it asked; undefined for every other
 * error. Nothing of the request is kept: a transaction rolls back, and a file appears whole or not at all.
 */
export function fullDisk(error: unknown, dir: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as { code?: string; errcode?: number };
  const full = code === "ENOSPC" || code === "EDQUOT" || (errcode !== undefined && (errcode & 0xff) === SQLITE_FULL);
  return full
    ? `no space left on the disk of ${dir}: nothing was written; delete what is not needed and try again`
    : undefined;
}
