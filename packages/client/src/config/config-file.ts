import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { parse } from "yaml";
import type { AuthFile } from "./auth-config.ts";
import { parseBoolean } from "./boolean.ts";

/** What a Flyte config file says, in our words. */
export interface ConfigFile {
  readonly path: string;
  readonly endpoint?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
  readonly caFile?: string | undefined;
  /** The Python SDK reads it and uses it for nothing. */
  readonly httpProxy?: string | undefined;
  /** Ours: the devbox writes its key here. The Python SDK ignores it. */
  readonly apiKey?: string | undefined;
  readonly auth: AuthFile;
  /** `image.builder`: `local`, `local-podman` or `remote`. */
  readonly imageBuilder?: string | undefined;
  /** `image.registry`: where images go that are built on this machine and name no registry. */
  readonly imageRegistry?: string | undefined;
  /** `image.image_refs`: images by the names that declarations give them. */
  readonly imageRefs?: Readonly<Record<string, string>> | undefined;
  readonly org?: string | undefined;
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
}

/**
 * Where the Python SDK looks, in its order: `./config.yaml`, `./.flyte/config.yaml`, `.flyte/config.yaml` at the root of
 * the git repository, `$UCTL_CONFIG`, `$FLYTECTL_CONFIG`, `~/.union/config.yaml`, `~/.flyte/config.yaml`.
 */
export function findConfigFile(cwd: string, env: NodeJS.ProcessEnv): string | undefined {
  const root = gitRoot(cwd);
  const candidates = [
    join(cwd, "config.yaml"),
    join(cwd, ".flyte", "config.yaml"),
    root && join(root, ".flyte", "config.yaml"),
    env.UCTL_CONFIG,
    env.FLYTECTL_CONFIG,
    join(homedir(), ".union", "config.yaml"),
    join(homedir(), ".flyte", "config.yaml"),
  ];
  return candidates.find((path): path is string => !!path && existsSync(path));
}

/** Reads a config file in Flyte's format. Throws `invalid_config` naming the file and the place. */
export function readConfigFile(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new FlyteWebhookError("invalid_config", `the config file ${path} cannot be read`, {
      hint: "Give an existing file, or start a devbox: it writes one.",
      cause,
    });
  }
  let data: unknown;
  try {
    data = parse(text);
  } catch (cause) {
    throw new FlyteWebhookError("invalid_config", `${path} is not valid YAML: ${(cause as Error).message}`, { cause });
  }
  const admin = section(data, "admin");
  const task = section(data, "task");
  const image = section(data, "image");
  const string = (from: Record<string, unknown>, key: string) => {
    const value = from[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string" || typeof value === "number") return String(value);
    throw new FlyteWebhookError("invalid_config", `${path}: ${key} should be a text`);
  };
  const list = (key: string) => {
    const value = admin[key];
    if (Array.isArray(value)) return value.map(String);
    return value === undefined || value === null ? undefined : string(admin, key);
  };
  return {
    path,
    endpoint: string(admin, "endpoint"),
    insecure: parseBoolean(admin.insecure, `${path}: admin.insecure`),
    insecureSkipVerify: parseBoolean(admin.insecureSkipVerify, `${path}: admin.insecureSkipVerify`),
    caFile: string(admin, "caCertFilePath"),
    httpProxy: string(admin, "httpProxyURL"),
    apiKey: string(admin, "apiKey"),
    auth: {
      authType: string(admin, "authType"),
      clientId: string(admin, "clientId"),
      clientSecretLocation: string(admin, "clientSecretLocation"),
      clientSecretEnvVar: string(admin, "clientSecretEnvVar"),
      command: list("command"),
      proxyCommand: list("proxyCommand"),
      scopes: list("scopes"),
      disableKeyring: parseBoolean(admin.disableKeyring, `${path}: admin.disableKeyring`),
    },
    imageBuilder: string(image, "builder"),
    imageRegistry: string(image, "registry"),
    imageRefs: imageRefs(image.image_refs, path),
    org: string(task, "org"),
    project: string(task, "project"),
    domain: string(task, "domain"),
  };
}

function imageRefs(value: unknown, path: string): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  const isMap = typeof value === "object" && !Array.isArray(value);
  if (isMap && Object.values(value).every((one) => typeof one === "string")) return value as Record<string, string>;
  throw new FlyteWebhookError("invalid_config", `${path}: image.image_refs should be names and image references`, {
    hint: "Write image: {image_refs: {backend: registry.acme.com/backend:1.2.3}}.",
  });
}

function section(data: unknown, name: string): Record<string, unknown> {
  const value = (data as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function gitRoot(cwd: string): string | undefined {
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    if (existsSync(join(dir, ".git"))) return dir;
    if (dirname(dir) === dir) return undefined;
  }
}
