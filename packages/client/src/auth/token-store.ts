import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { withFileLock } from "./file-lock.ts";

/** Tokens of one login. */
export interface StoredTokens {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  /** Milliseconds of the epoch, by this machine's clock when it was issued. */
  readonly expiresAt?: number | undefined;
  /** From when on it is renewed before it is used, on the same clock. Default: a minute before `expiresAt`. */
  readonly renewAt?: number | undefined;
  /** Name of the header that carries it. */
  readonly header: string;
}

/** Where tokens of logins are kept between processes, by name. */
export interface TokenStore {
  read(name: string): Promise<StoredTokens | undefined>;
  write(name: string, tokens: StoredTokens): Promise<void>;
  delete(name: string): Promise<void>;
  /**
   * Does a piece of work while no other process that uses this store does one for the same name; for stores that several
   * processes use. Without it two of them may use one refresh token, which many servers answer by ending the login.
   */
  exclusively?<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** What the keyring package is used for. */
export interface Keyring {
  get(name: string): Promise<string | undefined>;
  set(name: string, secret: string): Promise<void>;
  delete(name: string): Promise<void>;
}

export const TOKEN_FILE = join(homedir(), ".flyte", "flyte-webhook-tokens.json");

/**
 * The user's own: the keyring of the operating system where there is one that keeps secrets over a restart, else a file
 * that the user alone can read (mode 0600). `keyring` and `file` are for tests.
 */
export function userTokenStore(keyring: Keyring = systemKeyring(), file = TOKEN_FILE): TokenStore {
  const change = (how: (all: Record<string, StoredTokens>) => Record<string, StoredTokens>) =>
    withFileLock(`${file}.lock`, async () => writeAll(file, how(await readAll(file))));
  return {
    async read(name) {
      const secret = await keyring.get(name).catch(() => undefined);
      return parse(secret) ?? (await readAll(file))[name];
    },
    async write(name, tokens) {
      try {
        await keyring.set(name, JSON.stringify(tokens));
      } catch {
        await change((all) => ({ ...all, [name]: tokens }));
      }
    },
    async delete(name) {
      await keyring.delete(name).catch(() => {});
      if (name in (await readAll(file))) await change(({ [name]: _, ...rest }) => rest);
    },
    exclusively: (name, work) =>
      withFileLock(`${file}.${createHash("sha256").update(name).digest("hex").slice(0, 16)}.lock`, work),
  };
}

/** Keeps tokens for the life of the process, as `disableKeyring` asks for. */
export function memoryTokenStore(): TokenStore {
  const kept = new Map<string, StoredTokens>();
  return {
    read: async (name) => kept.get(name),
    write: async (name, tokens) => void kept.set(name, tokens),
    delete: async (name) => void kept.delete(name),
  };
}

const SERVICE = "flyte-webhook";

/** Loaded with its native part when it is first used. The kernel's keyring is none: it forgets at a restart. */
function systemKeyring(): Keyring {
  const entry = async (name: string) => {
    const { AsyncEntry } = await import("@napi-rs/keyring");
    return new AsyncEntry(SERVICE, name, { linux: { store: "secret-service" as never } });
  };
  return {
    get: async (name) => (await (await entry(name)).getPassword()) ?? undefined,
    set: async (name, secret) => (await entry(name)).setPassword(secret),
    delete: async (name) => void (await (await entry(name)).deleteCredential()),
  };
}

async function readAll(file: string): Promise<Record<string, StoredTokens>> {
  const text = await readFile(file, "utf8").catch(() => "{}");
  try {
    const all: unknown = JSON.parse(text);
    return typeof all === "object" && all !== null ? (all as Record<string, StoredTokens>) : {};
  } catch {
    return {};
  }
}

async function writeAll(file: string, all: Record<string, StoredTokens>): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}.new`;
  try {
    await writeFile(next, JSON.stringify(all), { mode: 0o600 });
    await chmod(next, 0o600);
    await rename(next, file);
  } finally {
    await rm(next, { force: true });
  }
}

function parse(secret: string | undefined): StoredTokens | undefined {
  if (secret === undefined) return undefined;
  try {
    return JSON.parse(secret) as StoredTokens;
  } catch {
    return undefined;
  }
}
