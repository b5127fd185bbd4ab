import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Working directory; it exists. */
  readonly cwd: string;
  /** Both output streams are appended here by the process itself, so that they outlive the devbox. */
  readonly logFile: string;
}

/** How a process ended: by itself, by a signal, or it never began (`error`). */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether {@link AppProcess.stop} ended it. */
  readonly endedByUs: boolean;
  readonly error?: NodeJS.ErrnoException;
}

/** One process of an app in a session and group of its own; whatever it starts ends with it. */
export class AppProcess {
  /** Also the id of its group; undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly exited: Promise<Exit>;
  #ended = false;
  #stopping = false;

  constructor({ program, args, env, cwd, logFile }: Command) {
    const log = openSync(logFile, "a", 0o600);
    let child: ChildProcess | undefined;
    let refused: NodeJS.ErrnoException | undefined;
    try {
      child = spawn(program, args, { env: { ...env }, cwd, detached: true, stdio: ["ignore", log, log] });
    } catch (error) {
      // No program at all, a NUL in a word, an environment that is too long: Node throws these at once.
      refused = error as NodeJS.ErrnoException;
    } finally {
      closeSync(log);
    }
    this.pid = child?.pid;
    this.exited = new Promise((resolve) => {
      const end = (exit: Omit<Exit, "endedByUs">) => {
        this.#ended = true;
        this.#signal("SIGKILL");
        resolve({ ...exit, endedByUs: this.#stopping });
      };
      if (refused) end({ code: null, signal: null, error: refused });
      child?.once("error", (error) => end({ code: null, signal: null, error }));
      child?.once("exit", (code, signal) => end({ code, signal }));
    });
  }

  /** SIGTERM to the group, SIGKILL after `graceMs`; resolves when the process is gone. */
  async stop(graceMs: number): Promise<void> {
    if (this.#ended) return;
    this.#stopping = true;
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) signalGroup(this.pid, signal);
  }
}

/** Signals a process group; one that is gone is fine. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
