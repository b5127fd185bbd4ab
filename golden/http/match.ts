/** The matchers of the exchange files: `expected` is partial, and `{"@…": …}` objects match by rule. */
import { decodeMsgpack } from "@flyte-webhook/literals";

/** Differences between an expectation and what came; empty when it matches. `before` is the answer to an earlier request. */
export function mismatches(expected: unknown, actual: unknown, before?: unknown, exact = false, path = ""): string[] {
  const rule = matcherOf(expected);
  if (rule) return rule(actual, before, path);
  const different = () => [`${path || "body"}: ${show(actual)}, expected ${show(expected)}`];
  if (typeof expected !== "object" || expected === null) return same(expected, actual) ? [] : different();
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return different();
    return expected.flatMap((item, index) => mismatches(item, actual[index], before, exact, `${path}[${index}]`));
  }
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return different();
  const extra = exact ? Object.keys(actual).filter((key) => !Object.hasOwn(expected, key)) : [];
  return [
    ...extra.map((key) => `${path}.${key}: not expected`),
    ...Object.entries(expected).flatMap(([key, value]) =>
      mismatches(
        value,
        Object.hasOwn(actual, key) ? (actual as never)[key] : undefined,
        before,
        exact,
        `${path}.${key}`,
      ),
    ),
  ];
}

type Matcher = (actual: unknown, before: unknown, path: string) => string[];

function matcherOf(expected: unknown): Matcher | undefined {
  if (typeof expected !== "object" || expected === null) return undefined;
  const [entry, ...others] = Object.entries(expected);
  if (!entry || others.length > 0 || !entry[0].startsWith("@")) return undefined;
  const [name, value] = entry;
  const check =
    (ok: (actual: unknown) => boolean): Matcher =>
    (actual, _, path) =>
      ok(actual) ? [] : [`${path}: ${show(actual)}, expected ${name} ${show(value)}`];
  switch (name) {
    case "@suffix":
      return check((actual) => typeof actual === "string" && actual.endsWith(String(value)));
    case "@re":
      return check((actual) => typeof actual === "string" && new RegExp(String(value), "s").test(actual));
    case "@num":
      return check((actual) => String(actual) === value);
    case "@any":
      return check((actual) => actual !== undefined);
    case "@absent":
      return check((actual) => actual === undefined || actual === "" || actual === 0 || actual === false);
    case "@type":
      return check((actual) => (value as string[]).includes(typeOf(actual)));
    case "@exact":
      return (actual, before, path) => mismatches(value, actual, before, true, path);
    case "@json":
      return (actual, before, path) => mismatches(value, parse(actual), before, false, path);
    case "@msgpack":
      return (actual, before, path) => mismatches(value, unpack(actual), before, false, path);
    case "@before":
      return (actual, before, path) => mismatches(at(before, String(value)), actual, undefined, true, path);
    default:
      throw new Error(`unknown matcher ${name}`);
  }
}

/** Numbers compare as numbers: bodies are parsed with exact integers, expectations are plain JSON. */
function same(expected: unknown, actual: unknown): boolean {
  if (typeof expected === "number" && (typeof actual === "number" || typeof actual === "bigint"))
    return Number(actual) === expected;
  return expected === actual;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "bigint" ? "number" : typeof value;
}

function parse(value: unknown): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return undefined;
  }
}

function unpack(value: unknown): unknown {
  const binary = at(value, "scalar.binary") as { tag?: string; value?: string } | undefined;
  if (binary?.tag !== "msgpack" || binary.value === undefined) return undefined;
  return plain(decodeMsgpack(Buffer.from(binary.value, "base64")));
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** The value at `a.b.0`, or at `values[key=X]`, which selects an element of a list. */
export function at(value: unknown, path: string): unknown {
  for (const step of path.match(/[^.[\]]+|\[[^\]]+\]/g) ?? []) {
    const selector = /^\[(\w+)=(.*)\]$/.exec(step);
    const key = step.replace(/^\[|\]$/g, "");
    value = selector
      ? (value as Record<string, unknown>[] | undefined)?.find((item) => item[selector[1] as string] === selector[2])
      : (value as Record<string, unknown> | null | undefined)?.[key];
  }
  return value;
}

export function show(value: unknown): string {
  const text = JSON.stringify(value, (_, item) => (typeof item === "bigint" ? String(item) : item)) ?? "nothing";
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
