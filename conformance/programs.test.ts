import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDevbox } from "@flyte-webhook/devbox";
import { expect, test } from "vitest";
import { pythonWithFlyte } from "./python-with-flyte.ts";

const python = pythonWithFlyte("the Python programs on a devbox");
const PROGRAMS = fileURLToPath(new URL("programs/", import.meta.url));

/** Programs that do not pass yet, and why. One that passes does not belong here, and the test says so. */
const NOT_YET: Readonly<Record<string, string>> = {
  p83_app_webhook: "Python's own webhook speaks nothing but TLS to its control plane, and passes on any credential",
};

/** Python packages that a program needs beside flyte; without them it is skipped with a line that says so. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  p56_dataframe: ["pandas", "pyarrow"],
  p83_app_webhook: ["fastapi", "uvicorn"],
};

/** At a time, on the cores of a small machine; most of a program's time is Python starting. */
const JOBS = 5;

interface Answer {
  readonly code: number | null;
  readonly out: string;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Answer> {
  return new Promise((resolve) => {
    const options = { env, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(command, args, options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, out: stdout + stderr }),
    );
  });
}

test.skipIf(python === undefined)(
  "Python programs print on a devbox what they print on a real control plane",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "programs-"));
    const devbox = await startDevbox({ dir: join(dir, "devbox"), port: 0, python: python as string });
    try {
      const imports = (module: string) => spawnSync(python as string, ["-c", `import ${module}`]).status === 0;
      const names = readdirSync(PROGRAMS)
        .filter((file) => /^p\d\d_.*\.py$/.test(file))
        .map((file) => file.slice(0, -".py".length))
        .filter((name) => {
          const missing = (NEEDS[name] ?? []).filter((module) => !imports(module));
          if (missing.length > 0)
            process.stderr.write(`skipped: ${name} needs ${missing.join(", ")}: pip install them\n`);
          return missing.length === 0;
        });
      // A home of its own, because the client remembers which code it has uploaded, but not where to.
      const { out } = await run(
        python as string,
        [
          join(PROGRAMS, "run.py"),
          ...["--config", devbox.config, "--python", python as string, "--jobs", String(JOBS)],
          ...names.flatMap((name) => ["--only", name]),
        ],
        { ...process.env, HOME: dir },
      );
      const passed = new Set([...out.matchAll(/^ok +(\w+)/gm)].map(([, name]) => name));
      const failed = names.filter((name) => !passed.has(name));
      expect(failed, out).toEqual(names.filter((name) => name in NOT_YET));
    } finally {
      await devbox.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
  240_000,
);
