import type { Plan } from "@flyte-webhook/sdk";
import { choice, defineCommand, manyArguments, texts } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const plan = defineCommand({
  name: "plan",
  summary: "show what a deploy would change and what would become callable; nothing is written",
  plane: true,
  json: "print the plan as JSON",
  arguments: {
    files: manyArguments(
      "[files...]",
      "files that export declarations, or their directories; webhook.ts of here when absent",
    ),
  },
  options: {
    names: texts("--name <name>", "only this one of the declarations, by export or app name; may be repeated"),
    failOn: choice("--fail-on <what>", "exit with 3 when anything would become reachable, or change at all", [
      "exposure",
      "change",
    ]),
  },
  examples: ["plan", "plan webhook.ts --fail-on exposure", "plan webhook.ts --json"],
  async run({ files, names, failOn }, context) {
    const [{ loadDeclarations }, { connectWith }] = await Promise.all([
      import("../declarations/load.ts"),
      import("../declarations/connect.ts"),
    ]);
    const { sdk, environments } = await loadDeclarations({ files, names, cwd: context.cwd });
    const controlPlane = await connectWith(sdk, context);
    const plans: Plan[] = [];
    for (const environment of environments) plans.push(await sdk.plan(environment, { controlPlane }));
    const planned = together(plans);
    context.print(planned, () => sdk.renderPlan(planned, { color: context.color }));
    if (failOn === "change" ? planned.changes : failOn === "exposure" && planned.exposes) {
      context.exitWith(EXIT.refused);
    }
  },
});

/** One plan of several: an app that more than one of them deploys is told once. */
function together(plans: readonly Plan[]): Plan {
  const apps = new Map(
    plans.flatMap((one) => one.apps).map((app) => [`${app.domain}/${app.project}/${app.name}`, app]),
  );
  return {
    apps: [...apps.values()],
    changes: plans.some(({ changes }) => changes),
    exposes: plans.some(({ exposes }) => exposes),
  };
}
