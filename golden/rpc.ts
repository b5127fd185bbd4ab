import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDevbox } from "@flyte-webhook/devbox";
import { printFailures, type Tally } from "./report.ts";
import { runScenario } from "./rpc/run-scenario.ts";
import type { Scenario } from "./rpc/scenario-format.ts";

export { runScenario } from "./rpc/run-scenario.ts";
export type { Scenario } from "./rpc/scenario-format.ts";

/** Scenarios that begin with what another one says is not to be copied: ours never comes to what they are about. */
const RESTS_ON: Readonly<Record<string, string>> = { "run-data-uris-no-events": "run-bad-label-stuck" };

/** Scenarios that are replayed at the same time; each has a project of its own. */
const JOBS = 6;

/**
 * Replays recorded scenarios of a real control plane against a devbox of its own and prints those that fail, by section.
 * A scenario that is marked as not to be copied, or rests on one, is told apart when it fails, and counts neither way.
 */
export async function runRpc(files: string[]): Promise<Tally> {
  const scenarios = (await Promise.all(files.map(readScenarios))).flat();
  const dir = await mkdtemp(join(tmpdir(), "golden-rpc-"));
  const devbox = await startDevbox({ dir, port: 0 });
  const problems = new Map<Scenario, string[]>();
  try {
    const queue = [...scenarios];
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        problems.set(next, await runScenario(devbox.endpoint, next));
      }
    };
    await Promise.all(Array.from({ length: JOBS }, work));
  } finally {
    await devbox.close();
    await rm(dir, { recursive: true, force: true });
  }
  return report(scenarios, problems);
}

async function readScenarios(file: string): Promise<Scenario[]> {
  return (JSON.parse(await readFile(file, "utf8")) as { rows: Scenario[] }).rows;
}

function report(scenarios: readonly Scenario[], problems: ReadonlyMap<Scenario, string[]>): Tally {
  const failing = scenarios.filter((scenario) => (problems.get(scenario)?.length ?? 0) > 0);
  const onPurpose = ({ id, copy }: Scenario) => copy === false || RESTS_ON[id] !== undefined;
  const failed = failing.filter((scenario) => !onPurpose(scenario));
  const different = failing.filter(onPurpose);
  for (const scenario of failed.sort((a, b) => a.section.localeCompare(b.section))) {
    printFailures(scenario.section, scenario.id, problems.get(scenario) ?? []);
  }
  for (const { id, better } of different)
    console.log(`ours differs on purpose: ${id}: ${better ?? `rests on ${RESTS_ON[id]}`}`);
  console.log(`rpc: ${different.length} of ${scenarios.length} scenarios differ on purpose and are not counted`);
  return { passed: scenarios.length - failing.length, failed: failed.length };
}
