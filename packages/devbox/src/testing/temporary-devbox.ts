import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Devbox, type DevboxOptions, startDevbox } from "../devbox.ts";
import { type DevboxClient, devboxClient } from "./devbox-client.ts";

export interface TemporaryDevbox {
  readonly devbox: Devbox;
  readonly client: DevboxClient;
  readonly dir: string;
}

/** A directory of its own that is gone after the test. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), "devbox-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A devbox for one test, on a free port and in a directory of its own unless one is given. */
export async function temporaryDevbox(options: Partial<DevboxOptions> = {}): Promise<TemporaryDevbox> {
  const dir = options.dir ?? temporaryDirectory();
  const devbox = await startDevbox({ port: 0, ...options, dir });
  onTestFinished(() => devbox.close());
  return { devbox, client: devboxClient(devbox), dir };
}
