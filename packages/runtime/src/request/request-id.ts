import { randomUUID } from "node:crypto";

/** The caller's own id for a request when it is a plain word, else a new one. */
export function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === "string" && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID();
}
