import { readFileSync } from "node:fs";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { AUTH_TYPES, type AuthOptions, type AuthType } from "../auth/login.ts";
import { parseBoolean } from "./boolean.ts";
import { splitWords } from "./split-words.ts";

/** What a config file's `admin` section says of logging in. */
export interface AuthFile {
  readonly authType?: string | undefined;
  readonly clientId?: string | undefined;
  /** File that holds the client's secret. */
  readonly clientSecretLocation?: string | undefined;
  /** Environment variable that holds it. */
  readonly clientSecretEnvVar?: string | undefined;
  readonly command?: readonly string[] | string | undefined;
  readonly proxyCommand?: readonly string[] | string | undefined;
  readonly scopes?: readonly string[] | string | undefined;
  readonly disableKeyring?: boolean | undefined;
}

export interface AuthConfigOptions {
  /** Plain HTTP: nobody logs in unless that is asked for. */
  readonly insecure: boolean;
  /** From the options of the program itself. */
  readonly authType?: AuthType | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Whether a person can be asked. Default: standard input is a terminal. */
  readonly mayAsk?: boolean | undefined;
}

/**
 * How to log in, by Flyte's settings: the options, then the environment (`FLYTE_AUTH_TYPE`, `FLYTE_AUTH_COMMAND`, and
 * `FLYTE_ADMIN_` with `AUTHTYPE`, `COMMAND`, `CLIENTID`, `CLIENTSECRETLOCATION`, `CLIENTSECRETENVVAR`, `SCOPES`,
 * `DISABLEKEYRING`), then the file. A secret makes it `ClientSecret`; over TLS the default is `Pkce`, as in Python.
 * Throws `invalid_config` naming the setting.
 */
export function authConfig(
  env: NodeJS.ProcessEnv,
  file: AuthFile,
  options: AuthConfigOptions,
): AuthOptions | undefined {
  const setting = (name: string, ...aliases: string[]) => {
    const found = [...aliases, `FLYTE_ADMIN_${name}`].find((one) => env[one]);
    return found === undefined ? undefined : env[found];
  };
  const clientSecret = options.clientSecret ?? readSecret(setting, env, file);
  const asked = options.authType ?? setting("AUTHTYPE", "FLYTE_AUTH_TYPE") ?? file.authType;
  const type = clientSecret === undefined ? asked : "ClientSecret";
  if (type !== undefined && !(AUTH_TYPES as readonly string[]).includes(type)) {
    throw new FlyteWebhookError(
      "invalid_config",
      `authType is ${JSON.stringify(type)}; there are ${AUTH_TYPES.join(", ")}`,
    );
  }
  if (setting("PROXYCOMMAND", "FLYTE_AUTH_PROXY_COMMAND") ?? file.proxyCommand) {
    throw new FlyteWebhookError(
      "invalid_config",
      "admin.proxyCommand is set, and proxies that ask for a login are not supported",
    );
  }
  const client = {
    clientId: options.clientId ?? setting("CLIENTID") ?? file.clientId,
    scopes: words(setting("SCOPES") ?? file.scopes, "admin.scopes", /[,\s]+/),
  };
  switch (type as AuthType | undefined) {
    case "ClientSecret":
      if (client.clientId === undefined || clientSecret === undefined) {
        throw new FlyteWebhookError("invalid_config", "authType ClientSecret needs a client id and a secret", {
          hint: "Set admin.clientId and admin.clientSecretLocation or admin.clientSecretEnvVar.",
        });
      }
      return { type: "ClientSecret", ...client, clientId: client.clientId, clientSecret };
    case "ExternalCommand": {
      const command = words(setting("COMMAND", "FLYTE_AUTH_COMMAND") ?? file.command, "admin.command");
      if (command === undefined || command.length === 0) {
        throw new FlyteWebhookError(
          "invalid_config",
          "authType ExternalCommand needs admin.command (or FLYTE_AUTH_COMMAND)",
        );
      }
      return { type: "ExternalCommand", command };
    }
    case "Passthrough":
      return { type: "Passthrough" };
    case undefined:
      if (options.insecure) return undefined;
  }
  const disableKeyring =
    parseBoolean(setting("DISABLEKEYRING"), "FLYTE_ADMIN_DISABLEKEYRING") ?? file.disableKeyring ?? false;
  const mayAsk = options.mayAsk ?? process.stdin.isTTY === true;
  return { type: type === "DeviceFlow" ? "DeviceFlow" : "Pkce", ...client, disableKeyring, mayAsk };
}

function readSecret(
  setting: (name: string) => string | undefined,
  env: NodeJS.ProcessEnv,
  file: AuthFile,
): string | undefined {
  const location = setting("CLIENTSECRETLOCATION") ?? file.clientSecretLocation;
  const variable = setting("CLIENTSECRETENVVAR") ?? file.clientSecretEnvVar;
  // As in Python, the variable is asked after the file and wins.
  if (variable !== undefined && env[variable]) return env[variable];
  if (location === undefined) return undefined;
  try {
    return readFileSync(location, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw new FlyteWebhookError("invalid_config", `the client's secret in ${location} cannot be read`, { cause });
  }
}

/** A list as YAML has it, or as an environment variable can: a JSON array, or words (of a command: as a shell splits). */
function words(value: readonly string[] | string | undefined, name: string, separator?: RegExp): string[] | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string") return [...value];
  const text = value.trim();
  if (text === "") return undefined;
  if (text.startsWith("[")) {
    try {
      const parsed: unknown = JSON.parse(text);
      if (Array.isArray(parsed)) return parsed.map(String);
    } catch {
      // Not JSON after all.
    }
  }
  const split = separator ? text.split(separator) : splitWords(text);
  if (split) return split.filter((word) => word !== "");
  throw new FlyteWebhookError("invalid_config", `${name} has a quote that is not closed`);
}
