import { readFileSync } from "node:fs";
import { FlyteWebhookError } from "@flyte-webhook/core";

/** PEM text of a file of certificate authorities. Throws `invalid_config` for one that is not there or holds none. */
export function readCa(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new FlyteWebhookError("invalid_config", `the certificate authorities in ${path} cannot be read`, { cause });
  }
  if (text.includes("-----BEGIN CERTIFICATE-----") || text.includes("-----BEGIN TRUSTED CERTIFICATE-----")) return text;
  throw new FlyteWebhookError("invalid_config", `${path} should hold certificate authorities, and has no certificate`, {
    hint: "Give their file in PEM form; it has lines -----BEGIN CERTIFICATE-----. A key or a DER file does not do.",
  });
}
