import { readFileSync } from "node:fs";
import { FlyteWebhookError } from "@flyte-webhook/core";

/** PEM text of a file of certificate authorities. Throws `invalid_config`. */
export function readCa(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new FlyteWebhookError("invalid_config", `the certificate authorities in ${path} cannot be read`, { cause });
  }
}
