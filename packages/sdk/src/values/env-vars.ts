import { isPlainObject, kind, type Read } from "../declaration/option.ts";

/** Names that the platform sets itself and refuses to be given (Knative). */
const RESERVED = ["PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"];

export function reservedVariable(name: string): string | undefined {
  return RESERVED.includes(name) ? `is set by the platform; take another name than ${RESERVED.join(", ")}` : undefined;
}

/** Environment variables as pairs, in the order they were written. Values are never shown: they may be secret. */
export const readEnvVars: Read<readonly (readonly [string, string])[]> = (value, loc, problems) => {
  if (!isPlainObject(value)) {
    return problems.add(loc, `should be an object of names and texts, not ${kind(value)}`);
  }
  return Object.entries(value).map(([name, one]) => {
    const at = [...loc, name];
    const reserved = reservedVariable(name);
    if (name === "") problems.add(loc, "should not have an empty name");
    else if (/[=\0]/.test(name)) problems.add(at, "should have a name without = and NUL");
    else if (reserved !== undefined) problems.add(at, reserved);
    if (typeof one !== "string") problems.add(at, `should be a text, not ${kind(one)}`);
    else if (one.includes("\0")) problems.add(at, "should not hold NUL");
    return [name, one as string] as const;
  });
};
