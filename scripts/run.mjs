// Runs a TypeScript program of this repository against the built packages: node scripts/run.mjs FILE [ARGUMENT…]
import { spawn } from "node:child_process";
import { build, environment, root, setup } from "./setup.mjs";

const [file, ...args] = process.argv.slice(2);
const node = setup();
build(node);
const child = spawn(node, [file, ...args], { cwd: root, env: environment(node), stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
