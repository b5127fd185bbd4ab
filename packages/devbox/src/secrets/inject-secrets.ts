import { isUtf8 } from "node:buffer";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type Secret, Secret_MountType } from "@flyte-webhook/idl/flyteidl2/core/security";
import type { SecretScope, SecretStore } from "../store/secrets.ts";

/** Where a pod finds files of secrets on a real plane; no process but root's can make files there. */
const REAL_DIRECTORY = "/etc/flyte/secrets";
const SEGMENT = /^(?!\.{1,2}$)[^/\0]+$/;

/**
 * The variables that give a process the secrets it asks for. Those that are to be files are written below `directory`,
 * which is made for them, at `GROUP/KEY` or `KEY`; `FLYTE_SECRETS_DEFAULT_DIR` says where, and the secret's own variable,
 * when it names one, the file. Throws `not_found` for a secret that there is not, saying how to create it, and
 * `invalid_config` for one that cannot be given in the way that is asked for.
 */
export function injectSecrets(
  asked: readonly Secret[],
  scope: SecretScope,
  secrets: SecretStore,
  directory: string,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { key, group, envVar, mountRequirement } of asked) {
    const value = secrets.valueFor(scope, key);
    if (!value) throw missingSecret(key, scope);
    if (mountRequirement === Secret_MountType.FILE) {
      const path = writeSecret(directory, group, key, value);
      env.FLYTE_SECRETS_DEFAULT_DIR = directory;
      env.FLYTE_SECRETS_FILE_PREFIX = "";
      if (envVar !== "") env[envVar] = path;
    } else {
      env[envVar || variableOf(group, key)] = textOf(key, value);
    }
  }
  return env;
}

/** The variable that Python's `flyte.Secret` chooses where none is named. */
function variableOf(group: string, key: string): string {
  return (group === "" ? key : `${group}_${key}`).replaceAll("-", "_").toUpperCase();
}

function textOf(key: string, value: Uint8Array): string {
  if (isUtf8(value) && !value.includes(0)) return Buffer.from(value).toString();
  throw new FlyteWebhookError(
    "invalid_config",
    `the secret ${JSON.stringify(key)} holds bytes that no environment variable can; ask for it as a file, with the ` +
      `mount ${REAL_DIRECTORY}`,
  );
}

function writeSecret(directory: string, group: string, key: string, value: Uint8Array): string {
  const path = group === "" ? [key] : [group, key];
  if (!path.every((name) => SEGMENT.test(name))) {
    throw new FlyteWebhookError("invalid_config", `the secret ${JSON.stringify(path.join("/"))} is no name of a file`);
  }
  const file = join(directory, ...path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, value, { mode: 0o600 });
  return file;
}

function missingSecret(key: string, { project, domain }: SecretScope): FlyteWebhookError {
  return new FlyteWebhookError(
    "not_found",
    `there is no secret ${JSON.stringify(key)} for ${project}/${domain}; create it: flyte create secret ${key} ` +
      `--project ${project} --domain ${domain}`,
  );
}
