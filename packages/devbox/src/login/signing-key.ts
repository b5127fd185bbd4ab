import { generateKeyPairSync, type JsonWebKey, randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface LoginKeys {
  /** Signs ID tokens. */
  readonly jwk: JsonWebKey & { readonly kid: string };
  /** Signs the cookies of the login's pages. */
  readonly cookie: string;
}

/** Made once for each data directory and kept in `oauth-keys.json`, mode 0600. */
export function loginKeys(dir: string): LoginKeys {
  const path = join(dir, "oauth-keys.json");
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LoginKeys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys: LoginKeys = {
    jwk: { ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: randomBytes(8).toString("hex") },
    cookie: randomBytes(32).toString("base64url"),
  };
  writeFileSync(`${path}.new`, JSON.stringify(keys), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return keys;
}
