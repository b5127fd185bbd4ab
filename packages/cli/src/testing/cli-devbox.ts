import { join } from "node:path";
import { type Devbox, startDevbox } from "@flyte-webhook/devbox";
import { type Ended, type RunOptions, runCli, temporaryProject } from "./run-cli.ts";

export interface CliDevbox {
  readonly devbox: Devbox;
  /** A project whose own config file is the devbox's. */
  readonly dir: string;
  cli(...args: string[]): Promise<Ended>;
  cliWith(options: Partial<RunOptions>, ...args: string[]): Promise<Ended>;
  close(): Promise<void>;
}

/** A devbox in a project of its own, and the command run in that project. */
export async function startCliDevbox(): Promise<CliDevbox> {
  const { dir, remove } = temporaryProject();
  const devbox = await startDevbox({ dir: join(dir, ".flyte"), port: 0 });
  const cliWith = (options: Partial<RunOptions>, ...args: string[]) => runCli(args, { cwd: dir, ...options });
  return {
    devbox,
    dir,
    cliWith,
    cli: (...args) => cliWith({}, ...args),
    async close() {
      await devbox.close();
      remove();
    },
  };
}
