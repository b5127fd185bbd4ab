import type { ControlPlane, LoadedConfig } from "@flyte-webhook/client";
import type { PlaneChoice } from "./common-options.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { type Interrupt, interruptOnce } from "./interrupt.ts";
import { isLiveTerminal, type Paint, painter, type TableOptions, tell, toJson, wantsColor } from "./output.ts";

/** Everything outside of itself that a command's handler uses. */
export interface CommandContext {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whether `--json` was given. */
  readonly json: boolean;
  /** Whether a person is there to be asked and to watch. */
  readonly interactive: boolean;
  /** Colours of what is printed on stdout; leaves a text alone where there are none. */
  readonly paint: Paint;
  /** Whether stdout is coloured. */
  readonly color: boolean;
  readonly choice: PlaneChoice;
  /** Data: as one line of JSON when that was asked for, else as the text for people. */
  print(data: unknown, text: () => string): void;
  /** A table's options: with a header for people, without one for programs. */
  tableOf(...header: readonly string[]): TableOptions;
  /** Anything that is no data. */
  tell(line: string): void;
  /** Where the control plane is and how one logs in. Throws `invalid_config`. */
  config(): Promise<LoadedConfig>;
  /** The control plane; opened at the first call and closed when the command ends. */
  plane(): Promise<ControlPlane>;
  /** Has a resource closed when the command ends, however it ends. */
  onEnd(close: () => Promise<void>): void;
  /** From now on Ctrl-C aborts the signal, and the command ends with what `advice` says then: how to go on. */
  interruptible(advice: () => string): AbortSignal;
  /** The exit code of a command that is done. */
  exitWith(code: ExitCode): void;
}

export interface OwnedContext {
  readonly context: CommandContext;
  /** What became of it: interrupted, or the code that the handler chose. */
  interrupted(): Interrupt | undefined;
  exitCode(): ExitCode;
  close(): Promise<void>;
}

export function createContext(choice: PlaneChoice, json: boolean): OwnedContext {
  const { env } = process;
  const color = wantsColor(process.stdout, env);
  const paint = painter(color);
  const closing: (() => Promise<void>)[] = [];
  let exitCode: ExitCode = EXIT.done;
  let plane: Promise<ControlPlane> | undefined;
  let interrupt: ReturnType<typeof interruptOnce> | undefined;

  const context: CommandContext = {
    cwd: process.cwd(),
    env,
    json,
    interactive: process.stdin.isTTY === true && isLiveTerminal(process.stderr, env) && !env.CI,
    paint,
    color,
    choice,
    print: (data, text) => {
      const line = json ? toJson(data) : text();
      if (line !== "") process.stdout.write(`${line}\n`);
    },
    tableOf: (...header) => ({ paint, header: process.stdout.isTTY ? header : undefined }),
    tell,
    async config() {
      const { readConfig } = await import("@flyte-webhook/client");
      return readConfig(choice);
    },
    plane() {
      plane ??= open();
      return plane;
    },
    onEnd: (close) => void closing.push(close),
    interruptible(advice) {
      interrupt ??= interruptOnce(advice);
      return interrupt.signal;
    },
    exitWith: (code) => {
      exitCode = code;
    },
  };

  async function open(): Promise<ControlPlane> {
    const { connectionOptions, createControlPlane } = await import("@flyte-webhook/client");
    const opened = createControlPlane(connectionOptions(await context.config()));
    closing.push(() => opened.close());
    return opened;
  }

  return {
    context,
    interrupted: () => interrupt?.interrupted(),
    exitCode: () => exitCode,
    async close() {
      for (const one of closing.splice(0).reverse()) await one().catch(() => {});
    },
  };
}
