/**
 * What an allow-list entry matches. `undefined` allows everything, an empty list nothing. An entry names the last parts
 * of an identity, divided by slashes: case-sensitive and whole, as in the Python webhook. In an entry that holds a `*`,
 * and only there, each `*` stands for any characters of its part, also for none: `env.*`, `acme/train-*`.
 */

/** `domain/project/name` exactly, `project/name` in any domain, or `name` anywhere. */
export function allowsTask(
  list: readonly string[] | undefined,
  { domain, project, name }: { domain: string; project: string; name: string },
): boolean {
  return allows(list, [domain, project, name]);
}

/** `domain/project/name` exactly, `project/name` in any domain, or, as in Python, `name` anywhere. */
export function allowsApp(
  list: readonly string[] | undefined,
  { domain, project, name }: { domain: string; project: string; name: string },
): boolean {
  return allows(list, [domain, project, name]);
}

/** `task_name/trigger_name` exactly, or `trigger_name` of any task. */
export function allowsTrigger(
  list: readonly string[] | undefined,
  { taskName, name }: { taskName: string; name: string },
): boolean {
  return allows(list, [taskName, name]);
}

interface Entries {
  readonly exact: ReadonlySet<string>;
  /** Parts of the entries with a wildcard. */
  readonly patterns: readonly (readonly string[])[];
}

/** Lists are read for each request and never change. */
const READ = new WeakMap<readonly string[], Entries>();

function read(list: readonly string[]): Entries {
  let entries = READ.get(list);
  if (!entries) {
    const isPattern = (entry: string) => entry.includes("*");
    entries = {
      exact: new Set(list.filter((entry) => !isPattern(entry))),
      patterns: list.filter(isPattern).map((entry) => entry.split("/")),
    };
    READ.set(list, entries);
  }
  return entries;
}

function allows(list: readonly string[] | undefined, parts: readonly string[]): boolean {
  if (list === undefined) return true;
  // A slash within a part would make it look like another identity.
  if (parts.some((part) => part.includes("/"))) return false;
  const { exact, patterns } = read(list);
  return (
    parts.some((_, first) => exact.has(parts.slice(first).join("/"))) ||
    patterns.some((pattern) => matchesLast(pattern, parts))
  );
}

function matchesLast(pattern: readonly string[], parts: readonly string[]): boolean {
  const first = parts.length - pattern.length;
  return first >= 0 && pattern.every((one, index) => matches(one, parts[first + index] ?? ""));
}

/** Whether a text is one of a pattern's, in time of the product of their lengths: names come from outside. */
function matches(pattern: string, text: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  for (let index = 0; index < text.length; ) {
    if (pattern[at] === "*") {
      [star, resume] = [at, index];
      at++;
    } else if (pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      // The last star takes one character more.
      at = star + 1;
      index = ++resume;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
