import type { ConfigFile, LoadedConfig } from "@flyte-webhook/client";
import { defineCommand } from "../command.ts";
import type { PlaneChoice } from "../common-options.ts";
import { table } from "../output.ts";

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly from: string;
}

export const config = defineCommand({
  name: "config",
  summary: "show the configuration in effect, and where each setting comes from",
  details: "Options win over the environment, which wins over the config file. Secrets are not shown.",
  plane: true,
  json: "print it as JSON",
  async run(_, { choice, cwd, env, paint, print }) {
    const { findConfigFile, readConfig, readConfigFile } = await import("@flyte-webhook/client");
    const path = choice.config ?? findConfigFile(cwd, env);
    const loaded = readConfig(choice);
    const file = path === undefined ? undefined : readConfigFile(path);
    const settings = settingsOf(loaded, choice, env, file);
    const data = {
      file: path ?? null,
      ...Object.fromEntries(settings.map(({ name, value, from }) => [name, { value, from }])),
    };
    print(data, () => {
      const rows = settings.map(({ name, value, from }) => [
        paint("dim", name),
        value || "(not set)",
        paint("dim", from),
      ]);
      // Beside the table, whose columns a long path would push apart.
      return `${paint("dim", "file".padEnd(20))}${path ?? "(none found)"}\n${table(rows, { paint })}`;
    });
  },
});

function settingsOf(
  loaded: LoadedConfig,
  choice: PlaneChoice,
  env: NodeJS.ProcessEnv,
  file: ConfigFile | undefined,
): Setting[] {
  const from = (option: string | undefined, variable: string, inFile: unknown, otherwise: string): string => {
    if (option !== undefined) return "option";
    if (env[variable]) return variable;
    return inFile === undefined ? otherwise : "file";
  };
  const ofFile = file?.endpoint === loaded.endpoint ? file : undefined;
  const namedCa = env.FLYTE_ADMIN_CACERTFILEPATH || ofFile?.caFile;
  const secret = (value: string | undefined) => (value ? "(set)" : "");
  return [
    {
      name: "endpoint",
      value: loaded.endpoint,
      from: from(choice.endpoint, "FLYTE_ADMIN_ENDPOINT", file?.endpoint, "API key"),
    },
    {
      name: "insecure",
      value: String(loaded.insecure ?? false),
      from: from(undefined, "FLYTE_ADMIN_INSECURE", ofFile?.insecure, "default"),
    },
    {
      name: "caFile",
      value: namedCa || (loaded.ca === undefined ? "" : (env.SSL_CERT_FILE ?? "")),
      from: from(
        undefined,
        "FLYTE_ADMIN_CACERTFILEPATH",
        ofFile?.caFile,
        loaded.ca === undefined ? "" : "SSL_CERT_FILE",
      ),
    },
    {
      name: "insecureSkipVerify",
      value: String(loaded.insecureSkipVerify ?? false),
      from: from(undefined, "FLYTE_ADMIN_INSECURESKIPVERIFY", ofFile?.insecureSkipVerify, "default"),
    },
    {
      name: "apiKey",
      value: secret(loaded.apiKey),
      from: loaded.apiKey ? from(undefined, "FLYTE_API_KEY", ofFile?.apiKey, "") : "",
    },
    { name: "login", value: loaded.apiKey ? "API key" : (loaded.authOptions?.type ?? "none"), from: "" },
    {
      name: "org",
      value: loaded.org ?? "",
      from: from(choice.org, "FLYTE_TASK_ORG", file?.org, loaded.org ? "endpoint" : ""),
    },
    {
      name: "project",
      value: loaded.project ?? "",
      from: from(choice.project, "FLYTE_TASK_PROJECT", file?.project, ""),
    },
    { name: "domain", value: loaded.domain ?? "", from: from(choice.domain, "FLYTE_TASK_DOMAIN", file?.domain, "") },
  ];
}
