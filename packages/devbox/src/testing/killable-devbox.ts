import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A program that starts a devbox in the directory it is given and prints its endpoint. */
export const DEVBOX_PROGRAM = fileURLToPath(new URL("./devbox-process.ts", import.meta.url));

export interface KillableDevbox {
  readonly endpoint: string;
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** A devbox in a process of its own, which does not outlive the test. */
export async function killableDevbox(dir: string, program = DEVBOX_PROGRAM): Promise<KillableDevbox> {
  const child = spawn(process.execPath, ["--conditions=source", program, dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = () => {
    child.kill("SIGKILL");
    return ended;
  };
  onTestFinished(kill);
  for await (const line of createInterface({ input: child.stdout })) {
    return { endpoint: (JSON.parse(line) as { endpoint: string }).endpoint, kill };
  }
  throw new Error("the devbox ended before it served");
}
