import { accessSync, constants, statSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";

/** Where a command's first word is found, as a shell would: by its path, else on `PATH`. Undefined when it is nowhere. */
export function findExecutable(word: string, searchPath: string, directory: string): string | undefined {
  if (word.includes("/")) {
    const path = isAbsolute(word) ? word : join(directory, word);
    return isExecutable(path) ? path : undefined;
  }
  return searchPath
    .split(":")
    .filter((entry) => entry !== "")
    .map((entry) => join(entry, word))
    .find(isExecutable);
}

const ADVICE: Readonly<Record<string, string>> = {
  a0: "it comes with the Python package flyte: `pip install flyte` into the Python that the devbox uses (its python option, else VIRTUAL_ENV, else the first python3 on PATH)",
  python: "install Python, or name one with the devbox's python option",
  python3: "install Python, or name one with the devbox's python option",
};

/** What is wrong with a command that cannot be run here, and how to mend it. */
export function missingExecutable(word: string, image: string): string {
  const advice =
    ADVICE[basename(word)] ??
    `the devbox runs tasks as local processes, not in their image${image ? ` (${image})` : ""}: install it on this machine`;
  return `the task's command ${JSON.stringify(word)} was not found; ${advice}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
