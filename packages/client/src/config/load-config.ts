import { readFileSync } from "node:fs";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { ConnectionOptions } from "../connection.ts";
import { guessOrg, parseEndpoint } from "../endpoint.ts";
import { parseBoolean } from "./boolean.ts";
import { type ConfigFile, findConfigFile, readConfigFile } from "./config-file.ts";

export interface ConfigOptions {
  /** `dns:///host:port`, `host:port`, `https://host` or `http://host`. */
  endpoint?: string | undefined;
  insecure?: boolean | undefined;
  insecureSkipVerify?: boolean | undefined;
  /** File with the certificate authorities to trust, PEM. */
  caFile?: string | undefined;
  apiKey?: string | undefined;
  org?: string | undefined;
  project?: string | undefined;
  domain?: string | undefined;
  consoleUrl?: string | undefined;
}

export interface LoadConfigOptions extends ConfigOptions {
  /** A config file; the one that {@link findConfigFile} finds when absent; none at all when `false`. */
  config?: string | false | undefined;
  cwd?: string | undefined;
  env?: NodeJS.ProcessEnv | undefined;
}

/**
 * Each setting from the first place that has it: the options, the environment (`FLYTE_ADMIN_ENDPOINT`,
 * `FLYTE_ADMIN_INSECURE`, `FLYTE_ADMIN_INSECURESKIPVERIFY`, `FLYTE_ADMIN_CACERTFILEPATH`, `FLYTE_API_KEY`,
 * `FLYTE_TASK_ORG|PROJECT|DOMAIN`), the config file.
 * Throws `invalid_config` when no endpoint is to be found or something cannot be read.
 */
export function loadConfig(options: LoadConfigOptions = {}): ConnectionOptions {
  const env = options.env ?? process.env;
  const path = options.config === undefined ? findConfigFile(options.cwd ?? process.cwd(), env) : options.config;
  const file: Partial<ConfigFile> = path ? readConfigFile(path) : {};
  const endpoint = options.endpoint ?? env.FLYTE_ADMIN_ENDPOINT ?? file.endpoint;
  if (!endpoint) {
    throw new FlyteWebhookError("invalid_config", "no control plane is configured", {
      hint: "Give an endpoint, set FLYTE_ADMIN_ENDPOINT, write .flyte/config.yaml, or start a devbox with `flyte-webhook dev`.",
    });
  }
  // A scheme or insecure flag belongs to the endpoint it stands beside: an endpoint from elsewhere does not inherit it.
  const fromFile = endpoint === file.endpoint ? file : {};
  const insecure =
    options.insecure ?? parseBoolean(env.FLYTE_ADMIN_INSECURE, "FLYTE_ADMIN_INSECURE") ?? fromFile.insecure ?? false;
  const caFile = options.caFile ?? env.FLYTE_ADMIN_CACERTFILEPATH ?? fromFile.caFile;
  return {
    endpoint,
    insecure,
    insecureSkipVerify:
      options.insecureSkipVerify ??
      parseBoolean(env.FLYTE_ADMIN_INSECURESKIPVERIFY, "FLYTE_ADMIN_INSECURESKIPVERIFY") ??
      fromFile.insecureSkipVerify,
    ca: caFile === undefined ? undefined : readCa(caFile),
    apiKey: options.apiKey ?? env.FLYTE_API_KEY ?? fromFile.apiKey,
    org: options.org ?? env.FLYTE_TASK_ORG ?? file.org ?? guessOrg(parseEndpoint(endpoint, insecure)),
    project: options.project ?? env.FLYTE_TASK_PROJECT ?? file.project,
    domain: options.domain ?? env.FLYTE_TASK_DOMAIN ?? file.domain,
    consoleUrl: options.consoleUrl,
  };
}

export function readCa(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new FlyteWebhookError("invalid_config", `the certificate authorities in ${path} cannot be read`, { cause });
  }
}
