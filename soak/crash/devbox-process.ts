import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../packages/cli/bin/flyte-webhook.js", import.meta.url));

export interface DevboxProcess {
  readonly endpoint: string;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
}

/** `flyte-webhook dev` on a free port; resolves when it serves. */
export async function startDevboxProcess(dir: string): Promise<DevboxProcess> {
  const child = spawn(process.execPath, [COMMAND, "dev", "--dir", dir, "--port", "0", "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit");
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  for await (const line of createInterface({ input: child.stdout })) {
    const { endpoint } = JSON.parse(line) as { endpoint: string };
    const kill = async () => {
      child.kill("SIGKILL");
      await exited;
      process.off("exit", killWithUs);
    };
    return { endpoint, kill };
  }
  throw new Error(`the devbox in ${dir} ended before it served`);
}
