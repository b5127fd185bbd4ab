import { findConfigFile } from "@flyte-webhook/client";

/** A given config file, else the one that is found, for what takes a file only when it is told to. */
export function readConfigured({ config }: { readonly config?: string | undefined }): { config?: string } {
  const found = config ?? findConfigFile(process.cwd(), process.env);
  return found === undefined ? {} : { config: found };
}
