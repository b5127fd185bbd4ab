import type { Expectation, Json, JsonRecord, Observation } from "./scenario-format.ts";

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** What is different from what was expected; nothing when all is as expected. Of errors only the codes count. */
export function compare(expected: Expectation, seen: Observation): string[] {
  if (seen.timedOut) return [`what was waited for never came; at last ${shown(seen.timedOut)}`];
  const volatile = volatilePaths(expected.volatile ?? []);
  if (expected.dropped) return seen.dropped ? [] : [`the connection was to be dropped, seen ${shown(seen)}`];
  if (expected.ok !== undefined) {
    return seen.ok === undefined
      ? [`expected an answer, seen ${shown(seen)}`]
      : differences(expected.ok, seen.ok, volatile);
  }
  if (expected.messages) return compareStream(expected, expected.messages, seen, volatile);
  if (expected.error) return compareError(expected.error, seen);
  if (expected.http) return seen.http ? compareHttp(expected.http, seen.http, volatile) : [`seen ${shown(seen)}`];
  return [];
}

function compareError({ code, status }: { code: string; status?: number }, seen: Observation): string[] {
  if (!seen.error) return [`expected the error ${code}, seen ${shown(seen)}`];
  const problems: string[] = [];
  if (seen.error.code !== code) problems.push(`error ${seen.error.code} (${seen.error.message}), expected ${code}`);
  if (status !== undefined && seen.error.status !== undefined && seen.error.status !== status) {
    problems.push(`status ${seen.error.status}, expected ${status}`);
  }
  return problems;
}

function compareStream(expected: Expectation, messages: Json[], seen: Observation, volatile: Volatile[]): string[] {
  if (!seen.messages) return [`expected a stream, seen ${shown(seen)}`];
  const problems: string[] = [];
  if (expected.match === "subsequence") {
    let next = 0;
    for (const message of seen.messages) {
      const wanted = messages[next];
      if (wanted !== undefined && differences(wanted, message, volatile).length === 0) next++;
    }
    if (next < messages.length)
      problems.push(`${shown(messages[next])} did not come in order in ${shown(seen.messages)}`);
  } else problems.push(...differences({ messages }, { messages: seen.messages }, volatile));
  if (expected.ended !== undefined && expected.ended !== seen.ended) {
    problems.push(expected.ended ? "the stream did not end" : "the stream ended");
  }
  if (expected.error) problems.push(...compareError({ code: expected.error.code }, seen));
  else if (seen.error) problems.push(`the stream ended with ${seen.error.code} (${seen.error.message})`);
  return problems;
}

function compareHttp(expected: JsonRecord, seen: JsonRecord, volatile: Volatile[]): string[] {
  const { bodyRegex, ...rest } = expected;
  if (typeof bodyRegex !== "string") return differences(rest, seen, volatile);
  const { body, json, ...others } = seen;
  const text = typeof body === "string" ? body : JSON.stringify(json ?? "");
  const problems = differences(rest, others, volatile);
  if (!new RegExp(bodyRegex, "s").test(text)) problems.push(`the body ${shown(text)} does not match ${bodyRegex}`);
  return problems;
}

interface Volatile {
  readonly path: RegExp;
  readonly mayBeAbsent: boolean;
}

function volatilePaths(paths: readonly string[]): Volatile[] {
  return paths.map((path) => {
    const mayBeAbsent = path.endsWith("?");
    const source = (mayBeAbsent ? path.slice(0, -1) : path)
      .split(/(\[\*\]|\*)/)
      .map((part) =>
        part === "[*]" ? "\\[\\d+\\]" : part === "*" ? "[^.[\\]]+" : part.replace(/[.[\]^$+?(){}|\\/]/g, "\\$&"),
      )
      .join("");
    return { path: new RegExp(`^${source}$`), mayBeAbsent };
  });
}

function differences(
  expected: Json | undefined,
  seen: Json | undefined,
  volatile: readonly Volatile[],
  path = "",
): string[] {
  const free = volatile.find((each) => each.path.test(path));
  if (free) return volatileDifference(expected, seen, free, path);
  if (seen === undefined) return [`${path}: absent, expected ${shown(expected)}`];
  if (expected === undefined) return [`${path}: unexpected ${shown(seen)}`];
  if (typeof expected === "string" && expected.startsWith("re:")) {
    const matches = typeof seen === "string" && new RegExp(expected.slice(3), "s").test(seen);
    return matches ? [] : [`${path}: ${shown(seen)} does not match ${expected.slice(3)}`];
  }
  if (kindOf(expected) !== kindOf(seen)) return [`${path}: ${shown(seen)}, expected ${shown(expected)}`];
  if (Array.isArray(expected) && Array.isArray(seen)) {
    const length = Math.max(expected.length, seen.length);
    return Array.from({ length }, (_, i) => differences(expected[i], seen[i], volatile, `${path}[${i}]`)).flat();
  }
  if (isRecord(expected) && isRecord(seen)) {
    return [...new Set([...Object.keys(expected), ...Object.keys(seen)])].flatMap((key) =>
      differences(expected[key], seen[key], volatile, path === "" ? key : `${path}.${key}`),
    );
  }
  return expected === seen ? [] : [`${path}: ${shown(seen)}, expected ${shown(expected)}`];
}

function volatileDifference(
  expected: Json | undefined,
  seen: Json | undefined,
  free: Volatile,
  path: string,
): string[] {
  if (seen === undefined) return free.mayBeAbsent ? [] : [`${path}: absent`];
  if (expected === undefined) return [];
  if (kindOf(expected) !== kindOf(seen)) return [`${path}: ${shown(seen)} is no ${kindOf(expected)}`];
  const isTime = typeof expected === "string" && TIMESTAMP.test(expected);
  return isTime && !TIMESTAMP.test(String(seen)) ? [`${path}: ${shown(seen)} is no timestamp`] : [];
}

function kindOf(value: Json): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function isRecord(value: Json): value is JsonRecord {
  return kindOf(value) === "object";
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
