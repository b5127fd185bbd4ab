import { findConfigFile, type LoadedConfig, readConfig } from "@flyte-webhook/client";
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
    return { ...ok(`${config.endpoint}, from ${file ?? "options and environment"}`), config };
  } catch (error) {
    const { message, hint } = FlyteWebhookError.from(error);
    return failed(message, hint ?? `Correct ${file ?? "the environment variables whose names begin with FLYTE_"}.`);
  }
}
