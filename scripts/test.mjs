// npm test: set-up, then lint, types, and all tests. Arguments go to vitest: npm test -- packages/literals
import { join } from "node:path";
import { build, environment, root, run, setup, step } from "./setup.mjs";

const node = setup();
const env = environment(node);
const bin = (name) => join(root, "node_modules", ".bin", name);
const args = process.argv.slice(2);

step("Building (turbo, cached)");
build(node);
if (args.length === 0) {
  step("Lint and format (biome)");
  run(bin("biome"), ["check", "."], { env });
  step("Types (tsc)");
  run(bin("tsc"), ["-p", "tsconfig.check.json"], { env });
}
step("Tests (vitest)");
run(bin("vitest"), ["run", ...args], { env });
