import { createHash, randomInt } from "node:crypto";
import type { Json } from "./scenario-format.ts";

export type Variables = Record<string, Json | undefined>;

/** Each scenario has a project of its own, so that scenarios can run side by side and again. */
export function newVariables(): Variables {
  const uid = Array.from({ length: 7 }, () => String.fromCharCode(97 + randomInt(26))).join("");
  return { uid, project: `rpc-${uid}` };
}

const FUNCTIONS: Record<string, (argument: string, variables: Variables) => string> = {
  time: (seconds) => new Date(Date.now() + Number(seconds) * 1000).toISOString(),
  repeat: (argument) => {
    const colon = argument.lastIndexOf(":");
    return argument.slice(0, colon).repeat(Number(argument.slice(colon + 1)));
  },
  md5: (text) => createHash("md5").update(text).digest("base64"),
  urlenc: (name, variables) => encodeURIComponent(String(variables[name])),
};

/** Fills in `${name}`, `${function:argument}`, and `${json:name}` for a value that is no text. Unknown names stay. */
export function filledIn<T>(value: T, variables: Variables): T {
  return fill(value, variables) as T;
}

function fill(value: unknown, variables: Variables): unknown {
  if (typeof value === "string") {
    const whole = /^\$\{json:([^}]+)\}$/.exec(value)?.[1];
    return whole === undefined ? fillText(value, variables) : variables[whole];
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, variables));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [fillText(key, variables), fill(item, variables)]),
  );
}

function fillText(text: string, variables: Variables): string {
  return text.replace(/\$\{([^}]*)\}/g, (match, expression: string) => {
    const [name = "", ...rest] = expression.split(":");
    const call = rest.length > 0 ? FUNCTIONS[name] : undefined;
    if (call) return call(rest.join(":"), variables);
    return expression in variables ? String(variables[expression]) : match;
  });
}
