#!/usr/bin/env node
// The command itself is built (../dist). A host whose Node is too old is served by the Node 24 that came with the install.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const program = join(here, "..", "dist", "main.js");
const [major, minor] = process.versions.node.split(".").map(Number);

if (!existsSync(program)) {
  process.stderr.write(
    "flyte-webhook is not built yet; run `npm run build` (or `npm start`) in its repository first.\n",
  );
  process.exit(1);
} else if (major > 24 || (major === 24 && minor >= 11) || (major === 22 && minor >= 19)) {
  await import(program);
} else {
  const node = bundledNode();
  if (node === undefined) {
    process.stderr.write(`flyte-webhook needs Node 22.19, 24.11 or later; this is ${process.versions.node}.\n`);
    process.exit(1);
  }
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

function bundledNode() {
  for (let dir = here; dirname(dir) !== dir; dir = dirname(dir)) {
    const candidate = join(dir, "node_modules", `node-linux-${process.arch}`, "bin", "node");
    if (existsSync(candidate)) return candidate;
  }
  return undefined;
}
