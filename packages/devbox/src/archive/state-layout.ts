/** Of the archive's own form; counts up when an older devbox could not read it. */
export const FORMAT = 1;

export const MANIFEST = "manifest.json";
export const DATABASE = "devbox.db";
/** The last entry: SHA-256 over what comes before it. */
export const DIGEST = "sha256";

/** Directories below the data directory that are state. The others are made anew: keys, the lock, files of secrets. */
export const DIRECTORIES: readonly string[] = ["runs", "uploads", "objects", "raw"];

export interface Manifest {
  readonly format: number;
  /** Version of the database's schema. */
  readonly schema: number;
  /** Where the state lay: what its addresses of files begin with. */
  readonly dir: string;
  readonly secrets: boolean;
  /** ISO 8601. */
  readonly exportedAt: string;
}

/** Whether a path may lie in an archive: relative, leading nowhere up, and of what is exported. */
export function isStatePath(path: string): boolean {
  const parts = path.split("/");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (parts.some((part) => /^\.{0,2}$|[\\\x00-\x1f\x7f]/.test(part))) return false;
  return path === DATABASE || (parts.length > 1 && DIRECTORIES.includes(parts[0] as string));
}
