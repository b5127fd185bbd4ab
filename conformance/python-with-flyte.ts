import { spawnSync } from "node:child_process";

const HOW = "python3 -m venv .venv && .venv/bin/pip install flyte, then FLYTE_PYTHON=.venv/bin/python npm test";

/**
 * A Python that has the `flyte` package: `FLYTE_PYTHON`, else `python3`. Without one the tests that need it are skipped
 * with a line that says how to get it, unless `REQUIRE_EXTRAS` is set, as it is in CI: then that is an error.
 */
export function pythonWithFlyte(what: string): string | undefined {
  const python = process.env.FLYTE_PYTHON || "python3";
  const { status } = spawnSync(python, ["-c", "import flyte"], { stdio: "ignore" });
  if (status === 0) return python;
  const problem = `${what} needs a Python with the flyte package, and ${python} has none: ${HOW}`;
  if (process.env.REQUIRE_EXTRAS) throw new Error(problem);
  process.stderr.write(`skipped: ${problem}\n`);
  return undefined;
}
