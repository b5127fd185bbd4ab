import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FlyteWebhookError } from "@flyte-webhook/core";

/**
 * `PATH` of task and app processes: the chosen Python's directory (where `a0` and `fserve` are too), this Node's, then
 * the devbox's own. Throws `invalid_config` for a Python that is not there.
 */
export function searchPath(python: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const directory = pythonDirectory(python ?? env.VIRTUAL_ENV);
  if (python !== undefined && directory === undefined) {
    throw new FlyteWebhookError("invalid_config", `there is no Python at ${python}`, {
      hint: "Give a Python executable or the directory of a virtual environment.",
    });
  }
  const inherited = env.PATH || "/usr/local/bin:/usr/bin:/bin";
  return [...(directory ? [directory] : []), dirname(process.execPath), inherited].join(":");
}

/** Of a virtual environment, or of the executable itself; links are not followed, a venv's Python is one. */
function pythonDirectory(python: string | undefined): string | undefined {
  if (!python) return undefined;
  const path = resolve(python);
  const kind = statSync(path, { throwIfNoEntry: false });
  return kind?.isDirectory() ? join(path, "bin") : kind?.isFile() ? dirname(path) : undefined;
}
