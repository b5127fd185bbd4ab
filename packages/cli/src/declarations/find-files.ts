import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { FlyteWebhookError } from "@flyte-webhook/core";

/** What a file of declarations is called when no other is named. */
const NAMES = ["webhook.ts", "webhook.mts", "webhook.js", "webhook.mjs"] as const;

/** The files of declarations that are meant: those named, a directory's own, or that of here. Throws `invalid_declaration`. */
export function findDeclarationFiles(named: readonly string[], cwd: string): string[] {
  const paths = (named.length === 0 ? ["."] : named).map((name) => {
    const path = resolve(cwd, name);
    if (!existsSync(path)) throw new FlyteWebhookError("invalid_declaration", `there is no file ${name}`);
    if (!statSync(path).isDirectory()) return path;
    const own = NAMES.map((one) => join(path, one)).find((one) => existsSync(one));
    if (own) return own;
    throw new FlyteWebhookError("invalid_declaration", `there is no ${NAMES[0]} in ${path}`, {
      hint: "Name the file that exports the declaration, or make a project with `flyte-webhook init`.",
    });
  });
  return [...new Set(paths)];
}
