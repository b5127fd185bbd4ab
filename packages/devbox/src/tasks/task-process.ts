import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { processIdentity } from "../apps/process-identity.ts";
import { ATTEMPT_VARIABLE } from "./attempt-processes.ts";
import { ATTEMPT_FILES } from "./run-files.ts";
import { endStrays } from "./strays.ts";

/**
 * The shell around each command. It begins only when it is told to, so that no command ever runs whose process was not
 * recorded, and it writes the exit code by a rename, so that the code is known even when the devbox was down. It
 * outlives SIGTERM, which is meant for the command.
 */
const WRAPPER = `
directory=$1; shift
read -r word || exit 125
[ "$word" = begin ] || exit 125
: > "$directory/${ATTEMPT_FILES.started}"
trap : TERM INT HUP
"$@" < /dev/null
code=$?
echo "$code" > "$directory/${ATTEMPT_FILES.exit}.new"
mv "$directory/${ATTEMPT_FILES.exit}.new" "$directory/${ATTEMPT_FILES.exit}"
`;

/** Processes that are not this one's children are looked at this often. */
const POLL_MS = 200;

export interface TaskProcess {
  readonly pid: number;
  readonly identity: string;
  /** Lets the command begin. Nothing for one that was adopted. */
  begin(): void;
  /** When the process has ended, and all that it left running with it. */
  readonly ended: Promise<void>;
  /** SIGTERM to the group, SIGKILL after the grace. */
  terminate(graceMs: number): void;
}

export interface TaskCommand {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Holds the files of the attempt; the working directory is below it. */
  readonly directory: string;
}

/** Starts a command in a process group of its own. Throws when the system refuses to make a process. */
export function startTaskProcess({ words, env, directory }: TaskCommand): TaskProcess {
  const log = openSync(join(directory, ATTEMPT_FILES.log), "a", 0o600);
  let child: ChildProcess;
  try {
    child = spawn("/bin/sh", ["-c", WRAPPER, "task", directory, ...words], {
      cwd: join(directory, ATTEMPT_FILES.work),
      env: { ...env, [ATTEMPT_VARIABLE]: directory },
      detached: true,
      stdio: ["pipe", log, log],
    });
  } finally {
    closeSync(log);
  }
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  const { pid } = child;
  const identity = pid === undefined ? undefined : processIdentity(pid);
  if (pid === undefined || identity === undefined) throw new Error("the system could not start a process");
  // Its end may come before the word is read; that shows in its exit.
  child.stdin?.on("error", () => {});
  return {
    pid,
    identity,
    begin: () => child.stdin?.end("begin\n"),
    ended: ended.then(() => endAll(pid, directory)),
    terminate: (graceMs) => terminate(pid, ended, graceMs),
  };
}

/** The process of an attempt that an earlier devbox started. Undefined when it has ended. */
export function adoptTaskProcess(pid: number, identity: string, directory: string): TaskProcess | undefined {
  if (processIdentity(pid) !== identity) return undefined;
  // The earlier devbox may have ended while it had the task stand still.
  signalGroup(pid, "SIGCONT");
  const ended = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (processIdentity(pid) === identity) return;
      clearInterval(timer);
      resolve();
    }, POLL_MS);
    timer.unref();
  });
  return {
    pid,
    identity,
    begin: () => {},
    ended: ended.then(() => endAll(pid, directory)),
    terminate: (graceMs) => terminate(pid, ended, graceMs),
  };
}

/** As a container does, a task takes what it left running with it. */
async function endAll(pid: number, directory: string): Promise<void> {
  killGroup(pid);
  await endStrays(directory);
}

/** Nothing when the group's leader runs. */
export function killGroup(pid: number): void {
  // While a group has members its number is given to no new process; with a new process of this number it has none.
  if (processIdentity(pid) === undefined) signalGroup(pid, "SIGKILL");
}

function terminate(pid: number, ended: Promise<void>, graceMs: number): void {
  signalGroup(pid, "SIGTERM");
  const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs);
  void ended.then(() => clearTimeout(timer));
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // No such group, or none of ours any more.
    if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
