import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, rmSync } from "node:fs";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { TAR_END, tarPadding } from "@flyte-webhook/core/ustar";
import { DATABASE, DIGEST, DIRECTORIES, FORMAT, isStatePath, MANIFEST, type Manifest } from "./state-layout.ts";
import { entryHeader } from "./tar-entries.ts";

export interface ExportOptions {
  /** The data directory. */
  readonly dir: string;
  /** The archive, a `.tar.gz`; replaced when it is there. */
  readonly file: string;
  /** Values of secrets, digests of API keys and logins too. Default: the archive holds none. */
  readonly withSecrets?: boolean | undefined;
}

export interface Exported {
  readonly file: string;
  /** Bytes of the archive. */
  readonly bytes: number;
  /** Files in it, beside the database. */
  readonly files: number;
}

/** What is read at once, as its writer left it; a larger file is read piece by piece. */
const WHOLE_BYTES = 32 * 1024 * 1024;

/**
 * Writes the state of a devbox, running or not, into one file: the database as it is at one moment, and every file that
 * it speaks of. The file appears whole or not at all, readable by its owner alone.
 * Throws `invalid_config` when the directory is no devbox's.
 */
export async function exportState({ file, withSecrets = false, ...options }: ExportOptions): Promise<Exported> {
  const dir = resolve(options.dir);
  if (!existsSync(join(dir, DATABASE))) {
    throw new FlyteWebhookError("invalid_config", `${dir} is no devbox's directory: there is no ${DATABASE} in it`, {
      hint: "Name the directory that the devbox was started with: --dir.",
    });
  }
  const path = resolve(file);
  const partial = `${path}.${randomUUID()}`;
  const snapshot = `${partial}.db`;
  let files = 0;
  try {
    const schema = takeSnapshot(join(dir, DATABASE), snapshot, withSecrets);
    const manifest: Manifest = {
      format: FORMAT,
      schema,
      dir,
      secrets: withSecrets,
      exportedAt: new Date().toISOString(),
    };
    const hash = createHash("sha256");
    const parts = async function* () {
      const hashed = async function* () {
        yield* wholeFile(MANIFEST, Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`));
        yield* fileOf(snapshot, DATABASE);
        for (const directory of DIRECTORIES) {
          for await (const name of filesBelow(dir, directory)) {
            yield* fileOf(join(dir, name), name);
            files++;
          }
        }
      };
      for await (const part of hashed()) {
        hash.update(part);
        yield part;
      }
      yield* wholeFile(DIGEST, Buffer.from(hash.digest("hex")));
      yield TAR_END;
    };
    await pipeline(Readable.from(parts()), createGzip(), createWriteStream(partial, { mode: 0o600, flags: "wx" }));
    const { size } = await stat(partial);
    await rename(partial, path);
    return { file: path, bytes: size, files };
  } finally {
    await rm(partial, { force: true });
    rmSync(snapshot, { force: true });
  }
}

/** A copy of the database as it is at one moment, also while a devbox writes it. Returns the schema's version. */
function takeSnapshot(database: string, copy: string, withSecrets: boolean): number {
  const source = new DatabaseSync(database);
  try {
    source.exec("PRAGMA busy_timeout = 10000");
    source.prepare("VACUUM INTO ?").run(copy);
  } finally {
    source.close();
  }
  const db = new DatabaseSync(copy);
  try {
    const tables = new Set(
      (db.prepare("SELECT name FROM sqlite_schema").all() as { name: string }[]).map(({ name }) => name),
    );
    // What is deleted is overwritten: an archive may be given away.
    db.exec("PRAGMA secure_delete = ON");
    if (!withSecrets) {
      for (const table of ["secrets", "api_keys", "oauth_records"])
        if (tables.has(table)) db.exec(`DELETE FROM ${table}`);
      db.exec("UPDATE upload_secret SET secret = randomblob(32)");
    }
    db.exec("VACUUM");
    return (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
  } finally {
    db.close();
  }
}

/** Regular files alone: a link may lead anywhere, and a pipe never ends. */
async function* filesBelow(dir: string, name: string): AsyncGenerator<string> {
  const entries = await readdir(join(dir, name), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${name}/${entry.name}`;
    if (!isStatePath(path)) continue;
    if (entry.isDirectory()) yield* filesBelow(dir, path);
    else if (entry.isFile()) yield path;
  }
}

function* wholeFile(path: string, bytes: Buffer, executable = false): Generator<Uint8Array> {
  yield entryHeader({ path, size: bytes.length, executable });
  yield bytes;
  yield tarPadding(bytes.length);
}

/** Nothing when it has gone in the meantime. */
async function* fileOf(path: string, name: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!handle) return;
  try {
    const { size, mode } = await handle.stat();
    const executable = (mode & 0o100) !== 0;
    if (size <= WHOLE_BYTES) {
      yield* wholeFile(name, await readFile(handle), executable);
      return;
    }
    yield entryHeader({ path: name, size, executable });
    let read = 0;
    for await (const chunk of createReadStream(path, { end: size - 1 })) {
      read += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
    if (read !== size) throw new Error(`${path} became shorter while it was exported; export again`);
    yield tarPadding(size);
  } finally {
    await handle.close();
  }
}
