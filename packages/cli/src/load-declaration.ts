import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { AppEnvironment } from "@flyte-webhook/sdk";

/** The declaration that a file exports; `name` (of the export or of the app) chooses among several. Throws `invalid_declaration`. */
export async function loadDeclaration(file: string, name?: string): Promise<AppEnvironment> {
  const path = resolve(file);
  if (!existsSync(path)) throw new FlyteWebhookError("invalid_declaration", `there is no file ${file}`);
  const exports = Object.entries((await import(pathToFileURL(path).href)) as Record<string, unknown>);
  const found = exports.filter((entry): entry is [string, AppEnvironment] => entry[1] instanceof AppEnvironment);
  const chosen = name === undefined ? found : found.filter(([key, env]) => key === name || env.name === name);
  const [only, second] = chosen;
  if (only && !second) return only[1];
  const names = found.map(([key, env]) => `${key} (${env.name})`).join(", ");
  throw new FlyteWebhookError(
    "invalid_declaration",
    found.length === 0 ? `${file} exports no app environment` : `${file} exports ${names}; one is needed`,
    { hint: found.length === 0 ? "Export a FlyteWebhookAppEnvironment from it." : "Choose with --name." },
  );
}
