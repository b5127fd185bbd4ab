import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { gzipSync } from "node:zlib";

/** A file of the page as it is answered. */
export interface PageFile {
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  readonly type: string;
  /** In quotes, as the header has it. */
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The files that `npm run build` made, by name; undefined when they are not there. Read once, when they are first asked for. */
export function pageFiles(directory = DIRECTORY): () => ReadonlyMap<string, PageFile> | undefined {
  let files: ReadonlyMap<string, PageFile> | undefined;
  return () => (files ??= read(directory));
}

/** `dist/page` of the package, beside `src` and what is compiled. */
const DIRECTORY = new URL("../../dist/page/", import.meta.url);

function read(directory: URL): ReadonlyMap<string, PageFile> | undefined {
  try {
    const names = readdirSync(directory).filter((name) => TYPES[extname(name)] !== undefined);
    return names.includes("index.html")
      ? new Map(names.map((name) => [name, fileOf(new URL(name, directory))]))
      : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function fileOf(file: URL): PageFile {
  const bytes = readFileSync(file);
  const digest = createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
  return { bytes, gzipped: gzipSync(bytes), type: TYPES[extname(file.pathname)] ?? "", etag: `"${digest}"` };
}
