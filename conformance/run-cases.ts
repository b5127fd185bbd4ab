import { CASES, type Case } from "./cases.ts";
import type { Result } from "./result.ts";
import { deploySleepTask, type PlaneOptions, startWebhook, type Webhook } from "./webhook.ts";

/** Runs all cases against a control plane, one after the other, and tells of each as it ends. */
export async function* runCases(options: PlaneOptions): AsyncGenerator<Result> {
  await deploySleepTask(options);
  for (const [name, one] of Object.entries(CASES)) {
    const start = performance.now();
    const problem = await runCase(one, options);
    const ms = Math.round(performance.now() - start);
    yield problem === undefined ? { name, ms, outcome: "passed" } : { name, ms, outcome: "failed", problem };
  }
}

async function runCase(one: Case, options: PlaneOptions): Promise<string | undefined> {
  const webhooks: Webhook[] = [];
  const start = async (spec = {}) => {
    const webhook = await startWebhook(options, spec);
    webhooks.push(webhook);
    return webhook;
  };
  try {
    await one({ webhook: await start(), with: start });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await Promise.all(webhooks.map((webhook) => webhook.close()));
  }
}
