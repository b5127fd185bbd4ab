import { kind, type Read } from "../declaration/option.ts";

/**
 * Splits a text into words as a POSIX shell does, without expanding anything: blanks separate, quotes and backslashes
 * protect, `#` is a character like any other. Answers undefined for an open quote or a trailing backslash.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let current: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const character = line[i] as string;
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === "\\" && quote === '"') {
        const next = line[++i];
        if (next === undefined) return undefined;
        current += next === '"' || next === "\\" ? next : `\\${next}`;
      } else current += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      current ??= "";
    } else if (character === "\\") {
      const next = line[++i];
      if (next === undefined) return undefined;
      current = (current ?? "") + next;
    } else if (" \t\r\n".includes(character)) {
      if (current !== undefined) words.push(current);
      current = undefined;
    } else current = (current ?? "") + character;
  }
  if (quote !== undefined) return undefined;
  return current === undefined ? words : [...words, current];
}

/** A command or arguments: a list of words, or a line that is split into them. */
export const readWords: Read<readonly string[]> = (value, loc, problems) => {
  if (typeof value === "string") {
    return splitWords(value) ?? problems.add(loc, "has a quote that is not closed or a backslash at its end");
  }
  if (!Array.isArray(value)) return problems.add(loc, `should be a text or a list of texts, not ${kind(value)}`);
  return Array.from(value, (one: unknown, index) => {
    if (typeof one !== "string") problems.add([...loc, index], `should be a text, not ${kind(one)}`);
    else if (one.includes("\0")) problems.add([...loc, index], "should not hold NUL");
    return one as string;
  });
};
