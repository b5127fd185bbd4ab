/** Runs the examples of a guide as its reader would, one after the other in one project. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Devbox, registerTasks, startDevbox } from "@flyte-webhook/devbox";
import { expect } from "vitest";
import { cleanEnvironment, PROGRAM, temporaryProject } from "./run-cli.ts";

const DOCS = join(import.meta.dirname, "..", "..", "..", "..", "docs");
/** The name of a run as the guides have it. */
const RUN = "r9rbk7m28nbnzkh5fdlk";

export interface Example {
  readonly line: string;
  readonly exitCode: number;
  /** Lines that it prints, among others. */
  readonly printed: readonly string[];
}

export const readGuide = (name: string): string => readFileSync(join(DOCS, name), "utf8");

/** The commands of the `console` blocks; what follows four spaces and a `#` may say that one `exits with N`. */
export function examplesOf(guide: string): Example[] {
  return [...guide.matchAll(/```console\n(.*?)```/gs)].flatMap(([, block = ""]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const [first = "", ...printed] = text.trimEnd().split("\n");
        const [line = "", comment = ""] = first.split(/ {4}# /);
        return { line, exitCode: Number(/exits with (\d+)/.exec(comment)?.[1] ?? 0), printed };
      }),
  );
}

/** What differs from one machine and run to the next is replaced. */
const settled = (text: string) =>
  text
    .replaceAll(/127\.0\.0\.1:\d{4,5}/g, "127.0.0.1:PORT")
    .replaceAll(/\br[bcdfghjklmnpqrstvwxz2456789]{19}\b/g, "RUN")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\b[0-9a-f]{16}\b/g, "VERSION");

export interface Reader {
  /** Throws what an example printed or ended with instead of what the guide says. */
  follow(examples: readonly Example[]): Promise<void>;
  /** Runs a program of the guide in the project; resolves with what it printed. */
  program(code: string, env?: NodeJS.ProcessEnv): Promise<string>;
  readonly devbox: Devbox;
  close(): Promise<void>;
}

/** Once a guide has made its project with `init`, a devbox with the project's tasks runs in it; `entered` is told. */
export function reader(entered: (devbox: Devbox) => Promise<void> = async () => {}): Reader {
  const project = temporaryProject();
  let here = project.dir;
  let devbox: Devbox | undefined;

  function bash(line: string): Promise<{ code: number; printed: string; out: string }> {
    const script = `flyte-webhook() { "${process.execPath}" --conditions=source "${PROGRAM}" "$@"; }\n${line}`;
    return new Promise((resolve) => {
      const options = { cwd: here, env: cleanEnvironment(here) };
      const child = execFile("bash", ["-c", script], options, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, printed: out + err }),
      );
      child.stdin?.end();
    });
  }

  async function latestRun(): Promise<string> {
    for (;;) {
      const [run] = JSON.parse((await bash("flyte-webhook runs --json")).out);
      if (run === undefined || run.phase === "succeeded") return run?.name ?? "";
    }
  }

  async function enterProject(): Promise<void> {
    here = join(project.dir, "my-webhook");
    devbox = await startDevbox({ dir: join(here, ".flyte"), port: 0 });
    await registerTasks(devbox, join(here, "tasks.ts"));
    await entered(devbox);
  }

  return {
    async follow(examples) {
      for (const { line, exitCode, printed: expected } of examples) {
        const run = line === "flyte-webhook runs" || line.includes(RUN) ? await latestRun() : RUN;
        const { code, printed } = await bash(line.replaceAll(RUN, run));
        expect(`${line}\n${code}`, printed).toBe(`${line}\n${exitCode}`);
        for (const one of expected) expect(settled(printed), line).toContain(settled(one).trimEnd());
        if (line.startsWith("flyte-webhook init")) await enterProject();
      }
    },
    program(code, env = {}) {
      const file = join(here, "program.ts");
      writeFileSync(file, code);
      return new Promise((resolve, reject) => {
        const options = { cwd: here, env: { ...cleanEnvironment(here), ...env } };
        execFile(process.execPath, ["--conditions=source", file], options, (error, out, err) =>
          error ? reject(new Error(err)) : resolve(out),
        );
      });
    },
    get devbox() {
      return devbox as Devbox;
    },
    async close() {
      await devbox?.close();
      project.remove();
    },
  };
}
