import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { ApiKeys } from "../store/api-keys.ts";
import { ADMIN } from "./authenticate.ts";

export const DEFAULT_PROJECT = "flytesnacks";
export const DEFAULT_DOMAIN = "development";

/**
 * Writes the configuration that clients read, in Flyte's own format plus `admin.apiKey`, readable by the user alone.
 * The key in it is kept as long as it is valid; without one a new key replaces the old. Returns the key.
 */
export function writeConfigFile(path: string, port: number, keys: ApiKeys): string {
  const before = read(path);
  const known = /^\s*apiKey:\s*(\S+)\s*$/m.exec(before)?.[1];
  const apiKey = known !== undefined && keys.find(known)?.subject === ADMIN ? known : keys.create(ADMIN);
  const text = `# Written by the flyte-webhook devbox at each start.
admin:
  endpoint: dns:///127.0.0.1:${port}
  insecure: true
  apiKey: ${apiKey}
task:
  project: ${DEFAULT_PROJECT}
  domain: ${DEFAULT_DOMAIN}
`;
  if (text !== before) {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  chmodSync(path, 0o600);
  return apiKey;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
