import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** What a process has used since its start. */
export interface Usage {
  /** User and system time of all its threads, µs. */
  readonly cpu: number;
  /** Resident memory, MiB. */
  readonly rss: number;
}

export interface ServerProcess {
  readonly origin: string;
  /** When it was spawned, by `performance.now()`. */
  readonly spawnedAt: number;
  usage(): Promise<Usage>;
  /** Resident memory as the system sees it, MiB. */
  rss(): number;
  /** Asks it to end, as a platform does, and waits until it has. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** What runs the program. Default: this Node. */
  readonly runner?: string;
  /** What the runner is told before the program. */
  readonly flags?: readonly string[];
  readonly program: string;
  /** Those that name the port are made from it. */
  readonly args?: readonly string[] | ((port: number) => readonly string[]);
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Whether it reports its own usage: costs a module at its start, so not where the start is what is measured. Else the
   * system is asked, which Linux alone answers finely enough. Default: yes for Node.
   */
  readonly reports?: boolean;
}

/** The core that servers under measurement run on, so that the load they get comes from another one. */
const CORE = "0";
const pinning = existsSync("/usr/bin/taskset") ? ["/usr/bin/taskset", "-c", CORE] : [];
const REPORT = fileURLToPath(new URL("./servers/report-usage.mjs", import.meta.url));

/** Spawns a Node program that listens on `PORT`; use {@link untilHealthy} to know that it does. */
export async function spawnServer(options: ServerOptions): Promise<ServerProcess> {
  const {
    runner = process.execPath,
    flags = [],
    program,
    args = [],
    env,
    reports = runner === process.execPath,
  } = options;
  const port = await freePort();
  const command = [
    ...pinning,
    runner,
    ...flags,
    ...(reports ? ["--import", REPORT] : []),
    program,
    ...(typeof args === "function" ? args(port) : args),
  ];
  const spawnedAt = performance.now();
  const child = spawn(command[0] as string, command.slice(1), {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env, PORT: String(port), NODE_ENV: "production" },
    stdio: ["ignore", "ignore", process.env.BENCH_VERBOSE ? "inherit" : "ignore", ...(reports ? ["ipc" as const] : [])],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const killOnExit = () => child.kill("SIGKILL");
  process.once("exit", killOnExit);
  child.once("exit", () => process.off("exit", killOnExit));
  return {
    origin: `http://127.0.0.1:${port}`,
    spawnedAt,
    usage: () => (reports ? usageOf(child) : Promise.resolve(systemUsage(child.pid as number))),
    rss: () => residentMemory(child.pid as number),
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

function usageOf(child: ChildProcess): Promise<Usage> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the server ended with code ${code}`));
    child.once("exit", ended);
    child.once("message", (usage) => {
      child.off("exit", ended);
      resolve(usage as Usage);
    });
    child.send("usage");
  });
}

/** The time on a core of each thread, as Linux counts it. */
function systemUsage(pid: number): Usage {
  const tasks = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]),
  );
  return { cpu: nanoseconds.reduce((sum, one) => sum + one, 0) / 1000, rss: residentMemory(pid) };
}

function residentMemory(pid: number): number {
  const status = `/proc/${pid}/status`;
  const kib = existsSync(status)
    ? /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(status, "utf8"))?.[1]
    : execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
  return Number(kib) / 1024;
}

/** Resolves with the milliseconds from the spawn to the first 200 of the path. */
export async function untilHealthy({ origin, spawnedAt }: ServerProcess, path: string): Promise<number> {
  while (performance.now() < spawnedAt + 20_000) {
    if (await answers(`${origin}${path}`)) return performance.now() - spawnedAt;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`${origin}${path} did not answer 200 within 20 s; BENCH_VERBOSE=1 shows what it printed`);
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on("error", () => resolve(false));
    call.end();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
