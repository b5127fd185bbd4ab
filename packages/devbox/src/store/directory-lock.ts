import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FlyteWebhookError } from "@flyte-webhook/core";

/**
 * Keeps a second devbox off the same data directory: it would run everything twice. The lock is SQLite's own, which the
 * system releases when the process ends, however it ends. Throws `invalid_config` when the directory is in use.
 */
export function lockDirectory(dir: string): { release: () => void } {
  const lock = new DatabaseSync(join(dir, "lock.db"));
  try {
    lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw new FlyteWebhookError("invalid_config", `another devbox uses the directory ${dir}`, {
      hint: "Stop it, or choose another directory.",
      cause: error,
    });
  }
  return { release: () => lock.close() };
}
