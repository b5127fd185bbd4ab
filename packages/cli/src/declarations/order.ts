import { FlyteWebhookError } from "@flyte-webhook/core";
import type { AppEnvironment } from "@flyte-webhook/sdk";

type Environment = AppEnvironment["dependsOn"][number];

/** Each of the environments once, after those of them that it depends on. Throws `invalid_declaration` for two of one name. */
export function inOrder(environments: readonly AppEnvironment[]): AppEnvironment[] {
  const byName = new Map<string, Environment>();
  const order: Environment[] = [];
  const visit = (one: Environment): void => {
    const known = byName.get(one.name);
    if (known === one) return;
    if (known) {
      throw new FlyteWebhookError("invalid_declaration", `two environments are named "${one.name}"`, {
        hint: "Each would replace the other; give one of them another name, or choose with --name.",
      });
    }
    byName.set(one.name, one);
    for (const dependency of one.dependsOn) visit(dependency);
    order.push(one);
  };
  for (const one of environments) visit(one);
  const wanted = new Set<Environment>(environments);
  return order.filter((one): one is AppEnvironment => wanted.has(one));
}
