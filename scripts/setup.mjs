// What every command of this repository needs first, on any host with Node 20 or later and npm: the dependencies of the
// lock file, and with them Node 24. Nothing is done when they are there; no network is needed then.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Installs what the lock file says unless it is installed. Returns the Node that runs this repository. */
export function setup() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".installed-lock");
  const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (installed !== lock) {
    step("Installing dependencies (npm ci), once");
    run("npm", ["ci", "--no-audit", "--no-fund"]);
    writeFileSync(stamp, lock);
  }
  return nodeOf();
}

/** Builds the packages; unchanged ones come from the cache. */
export function build(node) {
  run(join(root, "node_modules", ".bin", "turbo"), ["run", "build", "--output-logs=errors-only"], {
    env: environment(node),
    quiet: true,
  });
}

/** Node 24 of the dependencies first on the path, no telemetry. */
export function environment(node) {
  const path = [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH].join(":");
  return {
    ...process.env,
    PATH: path,
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
    npm_config_update_notifier: "false",
  };
}

export function step(text) {
  process.stderr.write(`\x1b[2m▸\x1b[0m ${text}\n`);
}

/** Runs a command in the repository and ends this process with its code when it fails. */
export function run(command, args, { env = process.env, quiet = false } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", 2, 2],
  });
  if (result.error) throw result.error;
  if (result.status === 0) return;
  if (quiet) process.stderr.write(Buffer.concat([result.stdout, result.stderr]));
  process.stderr.write(`${command} ${args.join(" ")} failed (${result.signal ?? result.status})\n`);
  process.exit(result.status ?? 1);
}

function nodeOf() {
  const bundled = join(root, "node_modules", `node-linux-${process.arch}`, "bin", "node");
  if (existsSync(bundled)) return bundled;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 24 || (major === 24 && minor >= 11) || (major === 22 && minor >= 19)) return process.execPath;
  process.stderr.write(`Node ${process.versions.node} is too old here; install Node 24.\n`);
  process.exit(1);
}
