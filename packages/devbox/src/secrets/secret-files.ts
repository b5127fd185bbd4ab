import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const DIRECTORY = "secret-files";

/** Directories of secrets as files, one for each process that has some; each is gone with its process. */
export function taskSecretDirectory(dir: string, actionId: number, attempt: number): string {
  return join(dir, DIRECTORY, taskEntry(actionId, attempt));
}

export function appSecretDirectory(dir: string): string {
  return join(dir, DIRECTORY, `app-${randomUUID()}`);
}

export function removeSecretFiles(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/** What a devbox that was killed left, but for the task processes that outlived it. Its apps did not. */
export function sweepSecretFiles(dir: string, open: readonly { action_id: number; attempt: number }[]): void {
  const kept = new Set(open.map(({ action_id, attempt }) => taskEntry(action_id, attempt)));
  const root = join(dir, DIRECTORY);
  for (const entry of entriesOf(root)) if (!kept.has(entry)) removeSecretFiles(join(root, entry));
}

function taskEntry(actionId: number, attempt: number): string {
  return `task-${actionId}-${attempt}`;
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
