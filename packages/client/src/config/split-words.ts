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
