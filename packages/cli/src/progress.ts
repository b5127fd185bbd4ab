import type { CommandContext } from "./context.ts";
import { painter, wantsColor } from "./output.ts";

/** What a command that takes time tells on its way. */
export interface Progress {
  /** What it does now. */
  update(line: string): void;
  /** Something that is done and stays to be read. */
  step(line: string): void;
  end(line: string): void;
  fail(line: string): void;
}

/** On a terminal a line that moves, on stderr; elsewhere nothing but the steps, one line each. */
export async function startProgress(
  line: string,
  { interactive, tell }: Pick<CommandContext, "interactive" | "tell">,
): Promise<Progress> {
  if (!interactive) return { update: () => {}, step: tell, end: () => {}, fail: () => {} };
  const { S_STEP_SUBMIT, spinner } = await import("@clack/prompts");
  const output = process.stderr;
  const paint = painter(wantsColor(output, process.env));
  const spinning = () => {
    const spin = spinner({
      output,
      indicator: "timer",
      withGuide: false,
      cancelMessage: "interrupted",
      errorMessage: "interrupted",
    });
    return {
      spin,
      start: (text: string) => {
        spin.start(text);
        // It reads keys to hide them, and would end the process on Ctrl-C by itself; so Ctrl-C stays a signal.
        if (process.stdin.isTTY) process.stdin.setRawMode(false);
      },
    };
  };
  let { spin, start } = spinning();
  let current = line;
  start(current);
  return {
    update: (text) => {
      current = text;
      if (!spin.isCancelled) spin.message(text);
    },
    step: (text) => {
      if (spin.isCancelled) return;
      spin.clear();
      output.write(`${paint("green", S_STEP_SUBMIT)}  ${text}\n`);
      ({ spin, start } = spinning());
      start(current);
    },
    end: (text) => {
      if (!spin.isCancelled) spin.stop(text);
    },
    fail: (text) => {
      if (!spin.isCancelled) spin.error(text);
    },
  };
}
