import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";

// A test runs several processes, each from its sources.
vi.setConfig({ testTimeout: 90_000 });

export const PROGRAM = join(import.meta.dirname, "..", "main.ts");
const ROOT = join(import.meta.dirname, "..", "..", "..", "..");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Called with all of stderr each time there is more of it. */
  readonly onError?: (text: string, child: ChildProcess) => void;
}

/** Variables of this machine that would change what a command does. */
const NOT_INHERITED = /^(FLYTE|UCTL|FORCE_COLOR$|NO_COLOR$|CI$|DEBUG$|NODE_OPTIONS$|.*_PROXY$)/i;

/** The environment of a command: nothing of this machine's configuration, and a home that holds none. */
export function cleanEnvironment(cwd: string): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name))),
    HOME: cwd,
  };
}

/** Runs the command from its sources, as a process of its own without a terminal. */
export function runCli(args: readonly string[], { cwd, env = {}, input = "", onError }: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--conditions=source", PROGRAM, ...args], {
      cwd,
      env: { ...cleanEnvironment(cwd), ...env },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
      onError?.(err, child);
    });
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

/** An empty directory in which this repository's packages are found, as after `npm install`. */
export function temporaryProject(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), "flyte-cli-"));
  installPackages(dir);
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export function installPackages(dir: string): void {
  mkdirSync(join(dir, "node_modules"), { recursive: true });
  for (const scope of ["@flyte-webhook", "@types"])
    symlinkSync(join(ROOT, "node_modules", scope), join(dir, "node_modules", scope));
}
