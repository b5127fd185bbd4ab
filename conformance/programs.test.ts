import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDevbox } from "@flyte-webhook/devbox";
import { expect, test } from "vitest";
import { pythonWithFlyte } from "./python-with-flyte.ts";

const python = pythonWithFlyte("the Python programs on a devbox");
/** Runs programs and compares what they print; of a folder that is named. */
const RUNNER = fileURLToPath(new URL("programs/run.py", import.meta.url));

/** What was recorded on a real control plane, and what goes further, judged by the sources of both sides. */
const FOLDERS = ["programs", "more-programs"];

/** Programs that do not pass yet, and why. One that passes does not belong here, and the test says so. */
const NOT_YET: Readonly<Record<string, string>> = {};

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

/** What the runner printed of one program. */
function sectionOf(out: string, name: string): string {
  const start = out.search(new RegExp(`^FAIL.* ${name} `, "m"));
  const rest = start < 0 ? "" : out.slice(start);
  const end = rest.slice(1).search(/^(ok|FAIL) /m);
  return end < 0 ? rest : rest.slice(0, end + 1);
}

test.skipIf(python === undefined).each(FOLDERS)(
  "Python programs print on a devbox what they print on a real control plane: %s",
  async (folder) => {
    const programFolder = fileURLToPath(new URL(`${folder}/`, import.meta.url));
    const dir = mkdtempSync(join(tmpdir(), "programs-"));
    const devbox = await startDevbox({ dir: join(dir, "devbox"), port: 0, python: python as string });
    try {
      const imports = (module: string) => spawnSync(python as string, ["-c", `import ${module}`]).status === 0;
      const names = readdirSync(programFolder)
        .filter((file) => /^p\d\d_.*\.py$/.test(file))
        .map((file) => file.slice(0, -".py".length))
        .filter((name) => {
          const missing = (NEEDS[name] ?? []).filter((module) => !imports(module));
          if (missing.length > 0)
            process.stderr.write(`skipped: ${name} needs ${missing.join(", ")}: pip install them\n`);
          return missing.length === 0;
        });
      const runAll = async (programs: readonly string[]) => {
        const { out } = await run(
          python as string,
          [
            RUNNER,
            ...[
              "--dir",
              programFolder,
              "--config",
              devbox.config,
              "--python",
              python as string,
              "--jobs",
              String(JOBS),
            ],
            ...programs.flatMap((name) => ["--only", name]),
          ],
          // A home of its own, because the client remembers which code it has uploaded, but not where to.
          { ...process.env, HOME: dir },
        );
        const passed = new Set([...out.matchAll(/^ok +(\w+)/gm)].map(([, name]) => name));
        return { out, failed: programs.filter((name) => !passed.has(name)) };
      };
      let { out, failed } = await runAll(names);
      // The client's native modules abort now and then as it ends, on a real control plane too: that is tried once more.
      const aborted = failed.filter((name) => !(name in NOT_YET) && /exit -6/.test(sectionOf(out, name)));
      if (aborted.length > 0) {
        const again = await runAll(aborted);
        failed = failed.filter((name) => !aborted.includes(name) || again.failed.includes(name));
        out += again.out;
      }
      expect(failed, out).toEqual(names.filter((name) => name in NOT_YET));
    } finally {
      await devbox.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
  600_000,
);
