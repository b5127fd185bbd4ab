import { spawnSync } from "node:child_process";

/**
 * A Python that has some modules: `FLYTE_PYTHON`, else `python3`. Without one the tests that need it are skipped with a
 * line that says how to get it, unless `REQUIRE_EXTRAS` is set, as it is in CI: then that is an error.
 */
export function pythonWith(modules: readonly string[], what: string): string | undefined {
  const python = process.env.FLYTE_PYTHON || "python3";
  const { status } = spawnSync(python, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" });
  if (status === 0) return python;
  const install = `python3 -m venv .venv && .venv/bin/pip install ${modules.join(" ")}`;
  const problem = `${what} needs a Python with ${modules.join(" and ")}: ${install}, then FLYTE_PYTHON=.venv/bin/python npm test`;
  if (process.env.REQUIRE_EXTRAS) throw new Error(problem);
  process.stderr.write(`skipped: ${problem}\n`);
  return undefined;
}

export const pythonWithFlyte = (what: string): string | undefined => pythonWith(["flyte"], what);
