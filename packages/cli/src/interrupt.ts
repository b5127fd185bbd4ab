/** How a command was interrupted. */
export interface Interrupt {
  /** 128 and the signal's number, as shells say it. */
  readonly exitCode: number;
  /** How to go on. */
  readonly advice: string;
}

export interface Interruptible {
  readonly signal: AbortSignal;
  /** Undefined while it goes on. */
  interrupted(): Interrupt | undefined;
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** The first Ctrl-C (or SIGTERM) aborts the signal; the second one ends the process at once. */
export function interruptOnce(advice: () => string): Interruptible {
  const controller = new AbortController();
  let interrupt: Interrupt | undefined;
  for (const [name, exitCode] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (interrupt) process.exit(exitCode);
      interrupt = { exitCode, advice: advice() };
      controller.abort();
    });
  }
  return { signal: controller.signal, interrupted: () => interrupt };
}
