import { lstatSync, readdirSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DOMAINS } from "../services/names.ts";

/** An upload that nothing refers to may be one whose task or run is yet to come. */
const ORPHAN_AGE_MS = 86_400_000;

/** Names that a client may write in one way only; nothing else is taken for an orphan. */
const PLAIN = /^[A-Za-z0-9._=-]+$/;
const INPUTS = "offloaded-inputs";

/** Paths below `uploads/` of what was uploaded in one piece: `PROJECT/DOMAIN/ROOT`, or the directory of uploaded inputs. */
export async function uploadsIn(dir: string): Promise<string[]> {
  const uploads: string[] = [];
  for (const project of await namesIn(join(dir, "uploads"))) {
    for (const { id: domain } of DOMAINS) {
      const scope = `${project}/${domain}`;
      for (const name of await namesIn(join(dir, "uploads", scope))) {
        if (name !== INPUTS) uploads.push(`${scope}/${name}`);
        else
          for (const hash of await namesIn(join(dir, "uploads", scope, INPUTS)))
            uploads.push(`${scope}/${INPUTS}/${hash}`);
      }
    }
  }
  return uploads.filter((path) => path.split("/").every((name) => PLAIN.test(name)));
}

/** Paths of all uploaded inputs: they may refer to other uploads, and to files of runs. */
export async function uploadedInputFiles(dir: string): Promise<string[]> {
  const files: string[] = [];
  for (const area of ["uploads", "objects"]) {
    const entries = await readdir(join(dir, area), { withFileTypes: true, recursive: true }).catch(() => []);
    for (const { name, parentPath } of entries) if (name === "inputs.pb") files.push(join(parentPath, name));
  }
  return files;
}

/** Removes an upload unless something of it is new; nothing is written to it meanwhile. Returns its bytes, 0 when it stays. */
export function removeOrphan(path: string, now = Date.now()): number {
  const { newestMs, bytes } = measure(path);
  if (now - newestMs < ORPHAN_AGE_MS) return 0;
  rmSync(path, { recursive: true, force: true });
  return bytes;
}

function measure(path: string): { newestMs: number; bytes: number } {
  const found = lstatSync(path, { throwIfNoEntry: false });
  let newestMs = found?.mtimeMs ?? Number.POSITIVE_INFINITY;
  let bytes = (found?.blocks ?? 0) * 512;
  if (!found?.isDirectory()) return { newestMs, bytes };
  for (const name of readdirSync(path)) {
    const below = measure(join(path, name));
    newestMs = Math.max(newestMs, below.newestMs);
    bytes += below.bytes;
  }
  return { newestMs, bytes };
}

async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
}
