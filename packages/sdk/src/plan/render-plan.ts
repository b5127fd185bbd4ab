import { styleText } from "node:util";
import type { JsonValue } from "@bufbuild/protobuf";
import type { Exposure, Reach } from "./exposure.ts";
import type { FieldChange } from "./field-changes.ts";
import type { AppPlan, Plan } from "./plan.ts";

export interface RenderOptions {
  /** Default false. */
  readonly color?: boolean | undefined;
}

type Style = "green" | "red" | "yellow" | "bold" | "dim";
type Paint = (style: Style, text: string) => string;

/** Names that are shown of one project before the rest is counted. */
const SHOWN_NAMES = 5;
/** Characters of a value that are shown. */
const SHOWN_CHARACTERS = 100;

const VERBS = {
  run: "runnable",
  read: "readable",
  call: "callable",
  switch: "switchable",
} as const satisfies Record<Reach["action"], string>;

/** A plan for people: what is written, then what becomes reachable. */
export function renderPlan(plan: Plan, { color = false }: RenderOptions = {}): string {
  const paint: Paint = (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
  return plan.apps.map((app) => renderApp(app, paint).join("\n")).join("\n\n");
}

function renderApp({ name, project, domain, change, fields, exposure }: AppPlan, paint: Paint): string[] {
  const place = paint("bold", `${domain}/${project}/${name}`);
  const head = {
    create: `${paint("green", "+")} ${place} would be created`,
    update: `${paint("yellow", "~")} ${place} would be updated`,
    none: `  ${place} is as declared`,
  }[change];
  return [head, ...fields.flatMap((field) => renderField(field, paint)), ...(exposure ? exposed(exposure, paint) : [])];
}

function renderField({ path, before, after }: FieldChange, paint: Paint): string[] {
  if (isTextList(before) && isTextList(after)) {
    const gone = before.filter((one) => !after.includes(one)).map((one) => `${paint("red", "-")} ${one}`);
    const come = after.filter((one) => !before.includes(one)).map((one) => `${paint("green", "+")} ${one}`);
    const rest = gone.length + come.length > 0 ? [...gone, ...come] : ["in another order"];
    return [`    ${path}`, ...rest.map((line) => `      ${line}`)];
  }
  return [`    ${path}: ${shown(before, paint)} → ${shown(after, paint)}`];
}

function exposed({ endpoints, requiresAuth, reach, openings, replaces }: Exposure, paint: Paint): string[] {
  const lines: string[] = [];
  if (replaces)
    lines.push(`  ${paint("yellow", "(!)")} what is there now is no webhook of this SDK; all of this is new`);
  if (requiresAuth) {
    const { before, after } = requiresAuth;
    const text = `requiresAuth ${before} → ${after}`;
    lines.push(after ? `  ${text}` : `  ${paint("red", `${text} (!)`)}`);
  }
  if (endpoints.gained.length > 0) lines.push(`  ${paint("green", "+")} endpoints ${endpoints.gained.join(", ")}`);
  if (endpoints.lost.length > 0) lines.push(`  ${paint("red", "-")} endpoints ${endpoints.lost.join(", ")}`);
  for (const one of reach) {
    if (one.unknown !== undefined) {
      // One line for each kind of thing is enough.
      const text = `  ${paint("yellow", "?")} ${one.kind}s cannot be listed: ${one.unknown}`;
      if (!lines.includes(text)) lines.push(text);
      continue;
    }
    lines.push(...changed("+", "green", "newly", one.gained, one, paint));
    lines.push(...changed("-", "red", "no longer", one.lost, one, paint));
  }
  for (const { kind, entries } of openings) {
    const text = entries ? `what is deployed later as ${entries.join(", ")}` : "also those that are deployed later";
    lines.push(`  ${paint("green", "+")} ${entries ? `${kind}s: ` : `all ${kind}s, `}${text}`);
  }
  if (lines.length === 0) lines.push(`  ${paint("dim", "nothing becomes reachable, or stops being so")}`);
  return lines;
}

function changed(
  sign: string,
  style: Style,
  word: string,
  names: readonly string[],
  { kind, action }: Reach,
  paint: Paint,
): string[] {
  if (names.length === 0) return [];
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const place = name.split("/", 2).join("/");
    groups.set(place, [...(groups.get(place) ?? []), name]);
  }
  return [
    `  ${paint(style, sign)} ${names.length} ${kind}${names.length === 1 ? "" : "s"} ${word} ${VERBS[action]}`,
    ...[...groups].map(([place, group]) => {
      const short = group.slice(0, SHOWN_NAMES).map((name) => name.slice(place.length + 1));
      const more = group.length > SHOWN_NAMES ? `, … ${group.length - SHOWN_NAMES} more` : "";
      return `      ${place}/ ${paint("dim", `${short.join(", ")}${more}`)}`;
    }),
  ];
}

const isTextList = (value: JsonValue | undefined): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

function shown(value: JsonValue | undefined, paint: Paint): string {
  if (value === undefined) return paint("dim", "(not set)");
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
