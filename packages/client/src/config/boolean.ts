import { FlyteWebhookError } from "@flyte-webhook/core";

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  false: false,
  "0": false,
  no: false,
};

/** A boolean as files and environment variables spell it. Throws `invalid_config` naming `source`. */
export function parseBoolean(value: unknown, source: string): boolean | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const word = WORDS[String(value).toLowerCase()];
  if (word !== undefined) return word;
  throw new FlyteWebhookError(
    "invalid_config",
    `${source} is ${JSON.stringify(value)}, which is neither true nor false`,
  );
}
