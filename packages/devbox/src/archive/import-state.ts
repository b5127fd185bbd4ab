import { createHash, type Hash, randomUUID } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { tarPadding } from "@flyte-webhook/core/ustar";
import { openDatabase } from "../store/database.ts";
import { MIGRATIONS } from "../store/migrations.ts";
import { relocate } from "./relocate.ts";
import { DATABASE, DIGEST, DIRECTORIES, FORMAT, isStatePath, MANIFEST, type Manifest } from "./state-layout.ts";
import { entryHeader, readEntries, type TarEntry } from "./tar-entries.ts";

export interface ImportOptions {
  /** The data directory to be: not there yet, or empty. */
  readonly dir: string;
  /** What `exportState` wrote. */
  readonly file: string;
}

export interface Imported {
  readonly dir: string;
  /** Files beside the database. */
  readonly files: number;
  /** Whether secrets came with it. */
  readonly secrets: boolean;
}

/** Of the manifest and the digest. */
const MAX_TEXT_BYTES = 65_536;

/**
 * Makes a data directory of what was exported, here or on another machine: addresses of files are those of the new
 * directory, and nothing that ran then counts as running. All or nothing: the directory appears when it is complete.
 * Throws `invalid_config` when it is not empty, and when the archive is damaged or of a newer devbox.
 */
export async function importState({ file, ...options }: ImportOptions): Promise<Imported> {
  const dir = resolve(options.dir);
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new FlyteWebhookError(
      "invalid_config",
      `${dir} is not empty; a state is imported into a new directory only`,
      {
        hint: "Choose another --dir, or move that one away.",
      },
    );
  }
  if (!existsSync(file)) throw new FlyteWebhookError("invalid_config", `there is no file ${file}`);
  mkdirSync(dirname(dir), { recursive: true });
  const staged = `${dir}.${randomUUID()}`;
  mkdirSync(staged, { mode: 0o700 });
  try {
    const { manifest, files } = await unpack(file, staged).catch((error: NodeJS.ErrnoException) => {
      // What the disk says is about the disk.
      if (error instanceof FlyteWebhookError || error.syscall !== undefined) throw error;
      throw new FlyteWebhookError("invalid_config", `${file} cannot be imported: ${error.message}`, {
        hint: "Export it again, and see that it is copied whole.",
        cause: error,
      });
    });
    for (const name of DIRECTORIES) mkdirSync(join(staged, name), { recursive: true, mode: 0o700 });
    const db = openDatabase(join(staged, DATABASE), MIGRATIONS);
    try {
      relocate(db, { at: staged, from: manifest.dir, to: dir });
    } finally {
      db.close();
    }
    if (existsSync(dir)) rmdirSync(dir);
    renameSync(staged, dir);
    return { dir, files, secrets: manifest.secrets };
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

async function unpack(file: string, staged: string): Promise<{ manifest: Manifest; files: number }> {
  const hash = createHash("sha256");
  let manifest: Manifest | undefined;
  let complete = false;
  let files = 0;
  const gunzip = createGunzip();
  const reading = pipeline(createReadStream(file), gunzip);
  // Its error comes out of the stream as well, where it is waited for.
  reading.catch(() => {});
  for await (const { entry, bytes } of readEntries(gunzip)) {
    if (complete) throw new Error("something follows its end");
    if (entry.path === DIGEST) {
      if ((await textOf(entry, bytes)) !== hash.digest("hex")) throw new Error("its checksum does not match");
      complete = true;
      continue;
    }
    hash.update(entryHeader(entry));
    if (manifest === undefined) {
      if (entry.path !== MANIFEST) throw new Error("it is no export of a devbox");
      manifest = manifestOf(await textOf(entry, bytes, hash), file);
    } else {
      if (!isStatePath(entry.path))
        throw new Error(`${JSON.stringify(entry.path.slice(0, 200))} in it is no path of a devbox's state`);
      await write(entry, bytes, join(staged, entry.path), hash);
      if (entry.path !== DATABASE) files++;
    }
    hash.update(tarPadding(entry.size));
  }
  await reading;
  if (!manifest || !complete || !existsSync(join(staged, DATABASE))) throw new Error("it is not complete");
  return { manifest, files };
}

function manifestOf(text: string, file: string): Manifest {
  const manifest = JSON.parse(text) as Manifest;
  const { format, schema, dir } = manifest;
  if (format !== FORMAT || schema > MIGRATIONS.length) {
    throw new FlyteWebhookError(
      "invalid_config",
      `${file} was exported by a newer devbox (format ${format}, schema ${schema}; this one reads format ${FORMAT} and schemas up to ${MIGRATIONS.length})`,
      { hint: "Use the newer flyte-webhook." },
    );
  }
  if (typeof dir !== "string" || !dir.startsWith("/") || dir === "/") throw new Error("its manifest is damaged");
  return manifest;
}

async function textOf({ path, size }: TarEntry, bytes: AsyncIterable<Uint8Array>, hash?: Hash): Promise<string> {
  if (size > MAX_TEXT_BYTES) throw new Error(`its ${path} is too long`);
  const parts: Uint8Array[] = [];
  for await (const part of bytes) {
    hash?.update(part);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

async function write(entry: TarEntry, bytes: AsyncIterable<Uint8Array>, path: string, hash: Hash): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const hashed = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const mode = entry.executable ? 0o700 : 0o600;
  await pipeline(Readable.from(bytes), hashed, createWriteStream(path, { flags: "wx", mode }));
}
