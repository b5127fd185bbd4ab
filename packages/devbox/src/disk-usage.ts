import { execFile } from "node:child_process";

/**
 * Bytes on disk by path, each with all that is below it; paths that are not there have none. Undefined when the system
 * has no `du` or makes no process now.
 */
export function diskUsage(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number> | undefined> {
  return new Promise((resolve) => {
    try {
      // Its own process: a tree of many files is not to be walked here. It fails for what is not there, and tells the others.
      execFile(
        "du",
        ["-sk", "--", ...paths],
        { maxBuffer: 16 * 1024 * 1024, ...(signal && { signal }) },
        (error, stdout) => {
          if (error && typeof error.code === "string") return resolve(undefined);
          const sizes = [...stdout.matchAll(/^(\d+)\s+(.*)$/gm)];
          resolve(new Map(sizes.map(([, kib, path = ""]) => [path, Number(kib) * 1024])));
        },
      ).on("error", () => resolve(undefined));
    } catch {
      resolve(undefined);
    }
  });
}

/** Whole mebibytes, for messages. */
export const mib = (bytes: number): number => Math.round(bytes / 1024 / 1024);
