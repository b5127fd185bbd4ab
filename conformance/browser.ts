import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const HOW = "apt-get install chromium, or set CHROMIUM to a Chrome or Chromium, then npm test";

/**
 * The path of a Chromium: `CHROMIUM`, else the one of the system. Without one the tests that need it are skipped with a
 * line that says how to get it, unless `REQUIRE_EXTRAS` is set, as it is in CI: then that is an error.
 */
export function chromiumPath(what: string): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const dirs = (process.env.PATH ?? "").split(delimiter);
  const found = process.env.CHROMIUM || dirs.flatMap((dir) => names.map((name) => join(dir, name))).find(existsSync);
  if (found) return found;
  const problem = `${what} needs a browser: ${HOW}`;
  if (process.env.REQUIRE_EXTRAS) throw new Error(problem);
  process.stderr.write(`skipped: ${problem}\n`);
  return undefined;
}

export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
}
