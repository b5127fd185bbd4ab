import { rpcError } from "../rpc-error.ts";

const NAME = /^[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const MAX_NAME = 63;
const MAX_PREFIX = 253;

/** Throws `invalid_argument` for what Kubernetes takes as no label: on a real plane such a run is never started. */
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(labels)) {
    const [name = "", prefix, ...more] = key.split("/").reverse();
    const badPrefix = prefix !== undefined && (prefix.length > MAX_PREFIX || !PREFIX.test(prefix));
    if (more.length > 0 || badPrefix || !isName(name))
      throw rpcError.invalidArgument(`invalid label key ${shown(key)}`);
    if (value !== "" && !isName(value)) {
      throw rpcError.invalidArgument(`invalid value ${shown(value)} of the label ${shown(key)}`);
    }
  }
}

function isName(text: string): boolean {
  return text.length <= MAX_NAME && NAME.test(text);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
