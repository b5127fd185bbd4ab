/** Lines that a page keeps; of a longer log, the newest. */
export const MAX_LINES = 5000;

export interface LogLines {
  readonly lines: readonly string[];
  /** Earlier ones that are not kept. */
  readonly dropped: number;
}

export const NO_LINES: LogLines = { lines: [], dropped: 0 };

export function addLines({ lines, dropped }: LogLines, more: readonly string[]): LogLines {
  const all = [...lines, ...more.map(withoutEscapes)];
  const surplus = Math.max(0, all.length - MAX_LINES);
  return { lines: surplus > 0 ? all.slice(surplus) : all, dropped: dropped + surplus };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of terminals begin with one.
const ESCAPES = /\u001b\[[\d;?]*[A-Za-z]|\r$/g;

/** Colours of terminals are left out. */
export const withoutEscapes = (line: string): string => line.replace(ESCAPES, "");
