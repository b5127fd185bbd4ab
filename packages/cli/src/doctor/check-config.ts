import { findConfigFile, type LoadedConfig, readConfig, readConfigFile } from "@flyte-webhook/client";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { CommandContext } from "../context.ts";
import { type Finding, failed, ok } from "./check.ts";

/** Whether it is said where the control plane is, and everything in it can be read. */
export function checkConfig({
  choice,
  cwd,
  env,
}: Pick<CommandContext, "choice" | "cwd" | "env">): Finding & { readonly config?: LoadedConfig } {
  const file = choice.config ?? findConfigFile(cwd, env);
  try {
    const config = readConfig(choice);
    return { ...ok(`${config.endpoint}, from ${sourceOf(config, choice, env, file)}`), config };
  } catch (error) {
    const { message, hint } = FlyteWebhookError.from(error);
    return failed(message, hint ?? `Correct ${file ?? "the environment variables whose names begin with FLYTE_"}.`);
  }
}

/** Where the endpoint comes from; its credentials and the place in it may come from elsewhere. */
function sourceOf(
  { endpoint }: LoadedConfig,
  choice: CommandContext["choice"],
  env: NodeJS.ProcessEnv,
  file: string | undefined,
): string {
  const and = file === undefined ? "" : `; the rest from ${file}`;
  if (choice.endpoint !== undefined) return `--endpoint${and}`;
  if (endpoint === env.FLYTE_ADMIN_ENDPOINT) return `FLYTE_ADMIN_ENDPOINT${and}`;
  return file !== undefined && readConfigFile(file).endpoint === endpoint ? file : `the API key${and}`;
}
