import { kind, optional, type Read, shape, text } from "../declaration/option.ts";
import { readSubdomain, Subdomain } from "./subdomain.ts";

/** Under which names the app is reached. */
export interface DomainOptions {
  /** First label of the app's address on the platform's domain. Default: the platform's choice. */
  readonly subdomain?: string | Subdomain | undefined;
  /** A whole host name of your own. */
  readonly customDomain?: string | undefined;
}

const readSubdomainOption: Read<string | Subdomain> = (value, loc, problems) => {
  if (typeof value === "string") return value;
  if (value instanceof Subdomain) return readSubdomain(value, loc, problems);
  return problems.add(loc, `should be a text or a Subdomain, not ${kind(value)}`);
};

export const readDomain = shape(
  { subdomain: optional(readSubdomainOption), customDomain: optional(text) },
  "an object {subdomain, customDomain}",
);
