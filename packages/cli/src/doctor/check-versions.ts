import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { VERSION } from "../version.ts";
import { type Finding, failed, ok, warning } from "./check.ts";

/** Node versions that run TypeScript and what else is needed, as package.json's `engines` says. */
const OLDEST: Readonly<Record<number, number>> = { 22: 19, 24: 11 };

/** Node's version, and that of the SDK of the project of here. */
export function checkVersions(cwd: string, node = process.versions.node): Finding {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const isOldEnough = minor >= (OLDEST[major] ?? (major > 24 ? 0 : Number.POSITIVE_INFINITY));
  if (!isOldEnough)
    return failed(`Node ${node} is too old or not supported`, "Install Node 24 (22.19 or later will do).");
  const sdk = installedSdk(cwd);
  const found = `Node ${node}, flyte-webhook ${VERSION}`;
  if (sdk === undefined) return ok(`${found}; no SDK is installed here`);
  if (sdk === VERSION) return ok(`${found}, SDK ${sdk}`);
  return warning(
    `${found}, but the SDK of this project is ${sdk}`,
    "Install the same version of both: `npm install @flyte-webhook/sdk@latest @flyte-webhook/cli@latest`.",
  );
}

function installedSdk(cwd: string): string | undefined {
  for (let dir = cwd; ; dir = dirname(dir)) {
    const file = join(dir, "node_modules", "@flyte-webhook", "sdk", "package.json");
    if (existsSync(file)) {
      const { version } = JSON.parse(readFileSync(realpathSync(file), "utf8")) as { version?: unknown };
      return typeof version === "string" ? version : undefined;
    }
    if (dirname(dir) === dir) return undefined;
  }
}
