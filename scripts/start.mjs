// npm start: set-up, build, a devbox, the example webhook served on it, a real task run through it.
// npm start -- --once: the same, and an end.
import { spawn } from "node:child_process";
import { build, environment, root, setup, step } from "./setup.mjs";

const node = setup();
step("Building (turbo, cached)");
build(node);
const child = spawn(node, ["scripts/demonstration.ts", ...process.argv.slice(2)], {
  cwd: root,
  env: environment(node),
  stdio: "inherit",
});
// Ctrl-C reaches the whole group; the demonstration ends by itself once it has stopped what it started.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
