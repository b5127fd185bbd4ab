import { kind, optional, optionalWord, type Read, readOptions, required, shown, word } from "../declaration/option.ts";
import type { Loc, Problems } from "../declaration/problems.ts";
import { reservedVariable } from "./env-vars.ts";

/** The only directory that a platform mounts secrets in. */
export const SECRETS_DIRECTORY = "/etc/flyte/secrets";

export interface SecretOptions {
  readonly key: string;
  readonly group?: string | undefined;
  /** Variable that holds it. Default: `GROUP_KEY` or `KEY`, upper-case with `-` as `_`. */
  readonly asEnvVar?: string | undefined;
  /** A file named after the key in `/etc/flyte/secrets`, instead of a variable. */
  readonly mount?: typeof SECRETS_DIRECTORY | undefined;
}

/** A secret of the control plane; a plain text is the key of one that becomes a variable. */
export class Secret {
  readonly key: string;
  readonly group: string | undefined;
  readonly asEnvVar: string | undefined;
  readonly mount: string | undefined;

  constructor(options: SecretOptions) {
    this.key = options.key;
    this.group = options.group;
    this.asEnvVar = options.asEnvVar;
    this.mount = options.mount;
  }
}

/** A secret, or several. */
export type SecretsOption = string | Secret | readonly (string | Secret)[];

/** `envVar` is undefined for a mounted one. */
export interface ResolvedSecret {
  readonly key: string;
  readonly group: string | undefined;
  readonly envVar: string | undefined;
}

const readMount: Read<string> = (value, loc, problems) =>
  value === SECRETS_DIRECTORY
    ? SECRETS_DIRECTORY
    : problems.add(loc, `should be ${shown(SECRETS_DIRECTORY)}, the only place for mounted secrets`);

const OPTIONS = {
  key: required(word),
  group: optionalWord,
  asEnvVar: optionalWord,
  mount: optional(readMount),
};

function readSecret(value: unknown, loc: Loc, problems: Problems): ResolvedSecret | undefined {
  if (typeof value !== "string" && !(value instanceof Secret)) {
    return problems.add(loc, `should be a key or a Secret, not ${kind(value)}`);
  }
  const secret = typeof value === "string" ? { key: value } : value;
  const { key, group, asEnvVar, mount } = readOptions(OPTIONS, secret, loc, problems);
  if (key === undefined) return undefined;
  if (mount !== undefined) {
    if (asEnvVar === undefined) return { key, group, envVar: undefined };
    return problems.add(loc, "should have one of mount and asEnvVar: a platform does one thing with a secret");
  }
  const envVar = asEnvVar ?? (group === undefined ? key : `${group}_${key}`).replaceAll("-", "_").toUpperCase();
  const reserved = reservedVariable(envVar);
  if (reserved !== undefined) return problems.add([...loc, "asEnvVar"], `${envVar} ${reserved}`);
  if (/^[A-Z_][A-Z0-9_]*$/.test(envVar) && !envVar.endsWith("\n")) return { key, group, envVar };
  const made = asEnvVar === undefined ? ` (made from the key ${shown(key)}); give asEnvVar or mount` : "";
  return problems.add(
    asEnvVar === undefined ? loc : [...loc, "asEnvVar"],
    `${shown(envVar)} is no environment variable of A-Z, 0-9 and _${made}`,
  );
}

export const readSecrets: Read<readonly ResolvedSecret[]> = (value, loc, problems) =>
  Array.isArray(value)
    ? Array.from(value, (one: unknown, index) => readSecret(one, [...loc, index], problems) as ResolvedSecret)
    : [readSecret(value, loc, problems) as ResolvedSecret];
