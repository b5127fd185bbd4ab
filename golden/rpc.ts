import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDevbox } from "@flyte-webhook/devbox";
import { printFailures, type Tally } from "./report.ts";
import { readScenarios } from "./rpc/read-scenarios.ts";
import { betterThan, runScenarios } from "./rpc/run-scenarios.ts";
import type { Scenario } from "./rpc/scenario-format.ts";

/**
 * Replays recorded scenarios of a real control plane against a devbox of its own and prints those that fail, by section.
 * A scenario that is marked as not to be copied, or rests on one, is told apart when it fails, and counts neither way.
 * The devbox names its apps and builds no images, as the plane of the recordings.
 */
export async function runRpc(files: string[]): Promise<Tally> {
  const scenarios = (await Promise.all(files.map(readScenarios))).flat();
  const dir = await mkdtemp(join(tmpdir(), "golden-rpc-"));
  const devbox = await startDevbox({ dir, port: 0, appUrls: "name", imageBuilder: "none" });
  const problems = new Map<Scenario, string[]>();
  try {
    for await (const [scenario, found] of runScenarios(devbox.endpoint, scenarios)) problems.set(scenario, found);
  } finally {
    await devbox.close();
    await rm(dir, { recursive: true, force: true });
  }
  return report(scenarios, problems);
}

function report(scenarios: readonly Scenario[], problems: ReadonlyMap<Scenario, string[]>): Tally {
  const failing = scenarios.filter((scenario) => (problems.get(scenario)?.length ?? 0) > 0);
  const failed = failing.filter((scenario) => betterThan(scenario) === undefined);
  for (const scenario of failed.sort((a, b) => a.section.localeCompare(b.section))) {
    printFailures(scenario.section, scenario.id, problems.get(scenario) ?? []);
  }
  for (const scenario of failing) {
    const better = betterThan(scenario);
    if (better !== undefined) console.log(`ours differs on purpose: ${scenario.id}: ${better}`);
  }
  console.log(
    `rpc: ${failing.length - failed.length} of ${scenarios.length} scenarios differ on purpose and are not counted`,
  );
  return { passed: scenarios.length - failing.length, failed: failed.length };
}
