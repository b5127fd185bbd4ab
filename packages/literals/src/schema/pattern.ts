/** How many steps a pattern may take at worst; what could take more is left to the task to check. */
const MAX_STEPS = 10_000_000;
const MAX_PATTERN = 1000;

interface Pattern {
  readonly expression: RegExp;
  /** Repetitions, each of which may have to be tried with any length. */
  readonly loops: number;
  /** Places with two ways to go on. */
  readonly choices: number;
}

const compiled = new Map<string, Pattern | undefined>();

/**
 * Whether a text matches a pattern; true as well when that is not known here: the pattern is Python's own dialect, or could
 * run for ever on a text made to that end (the pattern is a task's, the text a caller's, and no regular expression of
 * JavaScript can be stopped).
 */
export function mayMatch(pattern: string, text: string): boolean {
  if (!compiled.has(pattern)) {
    if (compiled.size >= 500) compiled.clear();
    compiled.set(pattern, compile(pattern));
  }
  const known = compiled.get(pattern);
  if (!known || 2 ** known.choices * (text.length + 1) ** (known.loops + 1) > MAX_STEPS) return true;
  return known.expression.test(text);
}

/** Whether JavaScript reads the pattern and matches it in bounded time. */
export function isPortable(pattern: string): boolean {
  return compile(pattern) !== undefined;
}

function compile(pattern: string): Pattern | undefined {
  if (pattern.length > MAX_PATTERN) return undefined;
  const cost = costOf(pattern);
  if (cost === undefined) return undefined;
  try {
    return { expression: new RegExp(pattern, "u"), ...cost };
  } catch {
    return undefined;
  }
}

/**
 * What backtracking can cost at worst. Undefined when a group is repeated that itself repeats or chooses, or the pattern
 * refers back: matching such ones can take time exponential in the text.
 */
function costOf(pattern: string): { loops: number; choices: number } | undefined {
  // Escapes and classes are single characters here.
  const flat = pattern.replace(/\\[pPu]\{[^}]*\}|\\./gs, (one) => (/^\\[1-9k]/.test(one) ? "\\" : "x"));
  if (flat.includes("\\")) return undefined;
  const plain = flat.replace(/\[[^\]]*\]/g, "x");
  const groups: number[] = [];
  for (let at = 0; at < plain.length; at++) {
    if (plain[at] === "(") groups.push(at);
    if (plain[at] !== ")") continue;
    const start = groups.pop() ?? 0;
    const isRepeated = /^(?:[*+]|\{\d+(?:,\d*)?\})/.test(plain.slice(at + 1));
    const inside = plain.slice(start + 1, at);
    if (isRepeated && /[*+|{?]/.test(inside.replace(/^\?[:=!]/, ""))) return undefined;
  }
  const loops = [...plain.matchAll(/[*+]|\{\d+(?:,\d*)?\}/g)].length;
  return { loops, choices: [...plain.matchAll(/[?|]/g)].length };
}
