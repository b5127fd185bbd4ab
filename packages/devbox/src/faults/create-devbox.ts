import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Devbox, type DevboxOptions, startDevboxWith } from "../devbox.ts";
import { IN_MEMORY } from "../store/database.ts";
import { type FaultSource, Faults } from "./faults.ts";
import { NamedFaults } from "./named-faults.ts";
import { RecordedCalls } from "./recorded-calls.ts";
import { RpcFaults } from "./rpc-fault.ts";

/** `memory: true` keeps nothing: the database is in memory, files are in a directory that is gone after disposal. */
export type CreateDevboxOptions = Omit<DevboxOptions, "dir"> &
  ({ readonly memory: true } | { readonly memory?: false; readonly dir: string });

/** A devbox for tests: it breaks on command, and knows what it was asked. */
export interface TestDevbox extends Devbox, AsyncDisposable {
  /** Where its files are. */
  readonly dir: string;
  readonly faults: Faults;
  readonly calls: RecordedCalls;
  /** Ends every process, stream and timer, and removes what `memory` kept; as `await using` does. */
  close(): Promise<void>;
}

/**
 * Starts a devbox within the process of a test, on a free port of 127.0.0.1 unless one is given. Any number can run side
 * by side. Throws what `startDevbox` throws.
 */
export async function createDevbox(options: CreateDevboxOptions): Promise<TestDevbox> {
  const { memory, ...rest } = options;
  const dir = options.memory ? mkdtempSync(join(tmpdir(), "flyte-devbox-")) : options.dir;
  const remove = async () => {
    if (memory) await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  const source: FaultSource = { apps: new NamedFaults(), tasks: new NamedFaults() };
  const rpcs = new RpcFaults();
  const calls = new RecordedCalls();
  try {
    const devbox = await startDevboxWith(
      { port: 0, ...rest, dir },
      {
        faults: source,
        interceptors: [calls.interceptor, rpcs.interceptor],
        ...(memory && { database: IN_MEMORY }),
      },
    );
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= devbox.close().finally(remove));
    return { ...devbox, dir, faults: new Faults(source, rpcs), calls, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await remove();
    throw error;
  }
}
