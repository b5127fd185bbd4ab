import { type Command, type Parameters, text, type Values } from "./command.ts";

/** Which control plane a command talks to, and where in it; each setting is looked for where Flyte's tools look. */
export const PLANE_OPTIONS = {
  config: text("--config <file>", "Flyte config file; found as the Python SDK finds it when absent"),
  endpoint: text("--endpoint <endpoint>", "the control plane, instead of the configured one"),
  org: text("--org <org>", "organisation, instead of the configured one"),
  project: text("--project <project>", "project, instead of the configured one"),
  domain: text("--domain <domain>", "domain, instead of the configured one"),
} as const satisfies Parameters;

export type PlaneChoice = Partial<Values<typeof PLANE_OPTIONS>>;

/** The options that a command shares with others: which control plane, and `--json`. */
export function commonOptions({ plane, json }: Pick<Command, "plane" | "json">): Parameters {
  return {
    ...(plane && PLANE_OPTIONS),
    ...(json !== undefined && { json: { usage: "--json", description: json } }),
  };
}
