import { FlyteWebhookError } from "@flyte-webhook/core";
import { endpointOf, parseApiKey } from "../auth/api-key.ts";
import { type AuthOptions, type AuthType, loginWith } from "../auth/login.ts";
import type { ConnectionOptions, ImageBuilder } from "../connection.ts";
import { guessOrg, parseEndpoint } from "../endpoint.ts";
import { isLoopbackHost } from "../outbound/address-guard.ts";
import { authConfig } from "./auth-config.ts";
import { parseBoolean } from "./boolean.ts";
import { type ConfigFile, findConfigFile, readConfigFile } from "./config-file.ts";
import { parseImageBuilder } from "./image-builder.ts";
import { readCa } from "./read-ca.ts";

export interface ConfigOptions {
  /** `dns:///host:port`, `host:port`, `https://host` or `http://host`. */
  endpoint?: string | undefined;
  insecure?: boolean | undefined;
  insecureSkipVerify?: boolean | undefined;
  /** File with the certificate authorities to trust, PEM. */
  caFile?: string | undefined;
  /** A Flyte API key, which also says where its control plane is, or a token of any kind. */
  apiKey?: string | undefined;
  /** How to log in without an API key. Default: `Pkce` over TLS, nothing over plain HTTP. */
  authType?: AuthType | undefined;
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  /** How to log in, in full; instead of `authType`, `clientId` and `clientSecret`. */
  auth?: AuthOptions | undefined;
  /** Whether a person can be asked to log in. Default: standard input is a terminal. */
  mayAsk?: boolean | undefined;
  org?: string | undefined;
  project?: string | undefined;
  domain?: string | undefined;
  consoleUrl?: string | undefined;
  /** Who builds images. Default: `FLYTE_IMAGE_BUILDER`, the config file's `image.builder`, else `local`. */
  imageBuilder?: ImageBuilder | undefined;
  /** Where built images go that name no registry. Default: `FLYTE_IMAGE_REGISTRY`, the config file's `image.registry`. */
  imageRegistry?: string | undefined;
  /** Images by the names that `Image.fromRefName` takes. Default: the config file's `image.image_refs`. */
  imageRefs?: Readonly<Record<string, string>> | undefined;
}

export interface LoadConfigOptions extends ConfigOptions {
  /** A config file; the one that {@link findConfigFile} finds when absent; none at all when `false`. */
  config?: string | false | undefined;
  cwd?: string | undefined;
  env?: NodeJS.ProcessEnv | undefined;
}

/** A connection's options, with how it logs in still as data. */
export interface LoadedConfig extends Omit<ConnectionOptions, "auth"> {
  readonly authOptions: AuthOptions | undefined;
}

/**
 * Each setting from the first place that has it: the options, the environment (`FLYTE_ADMIN_ENDPOINT`,
 * `FLYTE_ADMIN_INSECURE`, `FLYTE_ADMIN_INSECURESKIPVERIFY`, `FLYTE_ADMIN_CACERTFILEPATH`, `FLYTE_ADMIN_HTTPPROXYURL`,
 * `FLYTE_API_KEY`, `FLYTE_TASK_ORG|PROJECT|DOMAIN`, those of `authConfig`), the config file. Without an endpoint, that
 * of the API key; without a file of certificate authorities, that of `SSL_CERT_FILE`. Authorities that are named for the
 * control plane win over `insecureSkipVerify`, as in Python. Throws `invalid_config` when no endpoint is to be found or something cannot be read.
 */
export function loadConfig(options: LoadConfigOptions = {}): ConnectionOptions {
  return connectionOptions(readConfig(options));
}

/** A configuration as `createConnection` takes it. */
export function connectionOptions({ authOptions, ...connection }: LoadedConfig): ConnectionOptions {
  return { ...connection, auth: authOptions && loginWith(authOptions) };
}

/** As {@link loadConfig}. */
export function readConfig(options: LoadConfigOptions = {}): LoadedConfig {
  const env = options.env ?? process.env;
  const path = options.config === undefined ? findConfigFile(options.cwd ?? process.cwd(), env) : options.config;
  const file: Partial<ConfigFile> = path ? readConfigFile(path) : {};
  const given = options.apiKey ?? env.FLYTE_API_KEY;
  const key = given === undefined ? undefined : parseApiKey(given);
  // A key that the program itself gives says which control plane is meant; one that lies about is only a credential.
  const ofKey = options.apiKey !== undefined ? key?.endpoint : undefined;
  const endpoint = options.endpoint ?? ofKey ?? env.FLYTE_ADMIN_ENDPOINT ?? file.endpoint ?? key?.endpoint;
  if (!endpoint) {
    throw new FlyteWebhookError("invalid_config", "no control plane is configured", {
      hint: "Give an endpoint, set FLYTE_ADMIN_ENDPOINT, write .flyte/config.yaml, or start a devbox with `flyte-webhook dev`.",
    });
  }
  // A scheme or insecure flag belongs to the endpoint it stands beside: an endpoint from elsewhere does not inherit it.
  const fromFile = endpoint === file.endpoint ? file : {};
  const insecure =
    options.insecure ?? parseBoolean(env.FLYTE_ADMIN_INSECURE, "FLYTE_ADMIN_INSECURE") ?? fromFile.insecure ?? false;
  const namedCa = options.caFile ?? (env.FLYTE_ADMIN_CACERTFILEPATH || fromFile.caFile);
  const apiKey = given ?? fromFile.apiKey;
  const reached = parseEndpoint(endpoint, insecure);
  const caFile = namedCa ?? ((!reached.insecure && env.SSL_CERT_FILE) || undefined);
  const asked = { ...options, insecure: reached.insecure };
  const org =
    options.org ?? env.FLYTE_TASK_ORG ?? (key && endpointOf(key) ? key.org || undefined : undefined) ?? file.org;
  return {
    endpoint,
    insecure,
    insecureSkipVerify:
      options.insecureSkipVerify ??
      (namedCa === undefined
        ? (parseBoolean(env.FLYTE_ADMIN_INSECURESKIPVERIFY, "FLYTE_ADMIN_INSECURESKIPVERIFY") ??
          fromFile.insecureSkipVerify)
        : undefined),
    ca: caFile === undefined ? undefined : readCa(caFile),
    apiKey,
    authOptions: apiKey ? undefined : (options.auth ?? authConfig(env, fromFile.auth ?? {}, asked)),
    // What is on this machine is never behind a proxy.
    proxyEnv: isLoopbackHost(new URL(reached.origin).hostname)
      ? undefined
      : proxyEnv(env, env.FLYTE_ADMIN_HTTPPROXYURL || fromFile.httpProxy),
    org: org ?? guessOrg(reached),
    project: options.project ?? env.FLYTE_TASK_PROJECT ?? file.project,
    domain: options.domain ?? env.FLYTE_TASK_DOMAIN ?? file.domain,
    consoleUrl: options.consoleUrl,
    imageBuilder: options.imageBuilder ?? parseImageBuilder(env.FLYTE_IMAGE_BUILDER || file.imageBuilder),
    imageRegistry: options.imageRegistry ?? (env.FLYTE_IMAGE_REGISTRY || file.imageRegistry),
    imageRefs: options.imageRefs ?? file.imageRefs,
  };
}

/** The environment whose proxies count: `httpProxyURL` is the proxy of this control plane, whatever the others are. */
function proxyEnv(env: NodeJS.ProcessEnv, httpProxy: string | undefined): NodeJS.ProcessEnv | undefined {
  if (httpProxy) return { HTTPS_PROXY: httpProxy, HTTP_PROXY: httpProxy };
  return ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].some((name) => env[name]) ? env : undefined;
}
