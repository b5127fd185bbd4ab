import { createHash } from "node:crypto";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { type Read, shown, word } from "../declaration/option.ts";

/** What a subdomain may depend on. */
export interface SubdomainContext {
  readonly org: string;
  readonly project: string;
  readonly domain: string;
}
export type SubdomainFunction = (app: { readonly name: string }, context: SubdomainContext) => string;

export interface SubdomainOptions {
  readonly appName?: string | undefined;
  readonly projectDomainSuffix?: "hash" | "default" | undefined;
  readonly function?: SubdomainFunction | undefined;
}

/** A subdomain that is known only when it is known where the app goes. */
export class Subdomain {
  readonly appName: string | undefined;
  readonly projectDomainSuffix: "hash" | "default" | undefined;
  readonly function: SubdomainFunction | undefined;

  constructor(options: SubdomainOptions) {
    this.appName = options.appName;
    this.projectDomainSuffix = options.projectDomainSuffix;
    this.function = options.function;
  }

  /** `name-<8 hex digits of project and domain>`, or with `"default"` `name-project-domain`. */
  static fromAppName(appName: string, projectDomainSuffix: "hash" | "default" = "hash"): Subdomain {
    return new Subdomain({ appName, projectDomainSuffix });
  }

  /** Whatever the function answers, a text that is not empty. */
  static fromFunction(fn: SubdomainFunction): Subdomain {
    return new Subdomain({ function: fn });
  }
}

export const readSubdomain: Read<Subdomain> = (subdomain, loc, problems) => {
  const { appName, projectDomainSuffix, function: fn } = subdomain as Subdomain;
  if ((appName === undefined) === (fn === undefined)) {
    return problems.add(loc, "should have exactly one of appName and function");
  }
  if (appName !== undefined) word(appName, [...loc, "appName"], problems);
  if (fn !== undefined && typeof fn !== "function") problems.add([...loc, "function"], "should be a function");
  if (projectDomainSuffix !== undefined && projectDomainSuffix !== "hash" && projectDomainSuffix !== "default") {
    const given = shown(projectDomainSuffix);
    problems.add([...loc, "projectDomainSuffix"], `should be "hash" or "default", not ${given}`);
  }
  return subdomain as Subdomain;
};

/** The subdomain in its place. Throws `invalid_declaration` when a function answers no text. */
export function resolveSubdomain(subdomain: string | Subdomain, name: string, context: SubdomainContext): string {
  if (typeof subdomain === "string") return subdomain;
  const { appName, projectDomainSuffix, function: fn } = subdomain;
  const suffix = `${context.project}-${context.domain}`;
  if (appName !== undefined) {
    const hash = () => createHash("sha256").update(suffix).digest("hex").slice(0, 8);
    return `${appName}-${projectDomainSuffix === "default" ? suffix : hash()}`;
  }
  const answer: unknown = fn?.({ name }, context);
  if (typeof answer === "string" && answer !== "") return answer;
  throw new FlyteWebhookError(
    "invalid_declaration",
    `domain.subdomain: the function of "${name}" should answer a text that is not empty, not ${shown(answer)}`,
  );
}
