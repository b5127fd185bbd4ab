import { FlyteWebhookError } from "@flyte-webhook/core";
import { AppEnvironment } from "../environment/app-environment.ts";
import type { Environment } from "../environment/environment.ts";

/** An app with the apps that are deployed before it, directly or through environments that are no apps. */
export interface Ordered {
  readonly environment: AppEnvironment;
  readonly after: readonly AppEnvironment[];
}

/**
 * The apps after everything they depend on, each once. Throws `invalid_declaration` for two of the same name and for a
 * cycle, with its path.
 */
export function deploymentOrder(environments: readonly AppEnvironment[]): Ordered[] {
  const seen = new Map<string, Environment>();
  const order: Ordered[] = [];
  const visit = (one: Environment, path: readonly Environment[]): void => {
    if (path.includes(one)) {
      const cycle = [...path.slice(path.indexOf(one)), one].map(({ name }) => `"${name}"`).join(" → ");
      throw new FlyteWebhookError("invalid_declaration", `dependsOn: ${cycle} is a cycle; none of them can be first`);
    }
    const known = seen.get(one.name);
    if (known === one) return;
    if (known !== undefined) {
      throw new FlyteWebhookError(
        "invalid_declaration",
        `dependsOn: two different environments are named "${one.name}"; one would replace the other`,
      );
    }
    seen.set(one.name, one);
    for (const dependency of one.dependsOn) visit(dependency, [...path, one]);
    if (one instanceof AppEnvironment) order.push({ environment: one, after: appsBefore(one) });
  };
  for (const environment of environments) visit(environment, []);
  return order;
}

function appsBefore(environment: Environment): AppEnvironment[] {
  return environment.dependsOn.flatMap((one) => (one instanceof AppEnvironment ? [one] : appsBefore(one)));
}
