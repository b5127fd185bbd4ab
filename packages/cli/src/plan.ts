import { connect, plan, renderPlan } from "@flyte-webhook/sdk";
import { readConfigured } from "./configured.ts";
import { loadDeclaration } from "./load-declaration.ts";
import { printJson } from "./output.ts";

export interface PlanCommandOptions {
  readonly name?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly failOn?: "exposure" | "change";
}

/** The exit code that says: the plan is not what `--fail-on` allows. */
const NOT_ALLOWED = 3;

export async function planCommand(file: string, options: PlanCommandOptions): Promise<void> {
  const environment = await loadDeclaration(file, options.name);
  const controlPlane = connect(readConfigured(options));
  try {
    const planned = await plan(environment, { controlPlane });
    if (options.json) printJson(planned);
    else process.stdout.write(`${renderPlan(planned, { color: wantsColor() })}\n`);
    const fails = options.failOn === "change" ? planned.changes : options.failOn === "exposure" && planned.exposes;
    if (fails) process.exitCode = NOT_ALLOWED;
  } finally {
    await controlPlane.close();
  }
}

function wantsColor(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) return false;
  return process.stdout.isTTY === true || (FORCE_COLOR !== undefined && FORCE_COLOR !== "0");
}
