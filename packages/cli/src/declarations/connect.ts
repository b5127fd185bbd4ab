import type { ControlPlane } from "@flyte-webhook/client";
import type { CommandContext } from "../context.ts";
import type { Sdk } from "./load.ts";

/** The control plane that the options and the configuration say, through the declarations' own SDK. */
export async function connectWith(sdk: Sdk, { choice, cwd, env, onEnd }: CommandContext): Promise<ControlPlane> {
  const { findConfigFile } = await import("@flyte-webhook/client");
  const { config = findConfigFile(cwd, env), ...options } = choice;
  const plane = sdk.connect({ ...options, ...(config !== undefined && { config }) });
  onEnd(() => plane.close());
  return plane;
}
