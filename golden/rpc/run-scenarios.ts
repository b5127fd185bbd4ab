import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario-format.ts";

/** Scenarios that begin with what another one says is not to be copied: ours never comes to what they are about. */
const RESTS_ON: Readonly<Record<string, string>> = { "run-data-uris-no-events": "run-bad-label-stuck" };

/** Scenarios that are replayed at the same time; each has a project of its own. */
const JOBS = 12;

/** What ours does instead of what was recorded, where that would hurt a user; undefined where ours is to be the same. */
export function betterThan({ id, copy, better }: Scenario): string | undefined {
  if (RESTS_ON[id] !== undefined) return `rests on ${RESTS_ON[id]}`;
  return copy === false ? (better ?? "not to be copied") : undefined;
}

export type Replayed = [scenario: Scenario, problems: string[], ms: number];

/** Replays scenarios against a control plane and tells of each as it ends, with what was wrong: nothing when it passed. */
export async function* runScenarios(controlPlane: string, scenarios: readonly Scenario[]): AsyncGenerator<Replayed> {
  const queue = [...scenarios];
  const running = new Map<Scenario, Promise<Replayed>>();
  const replay = async (scenario: Scenario): Promise<Replayed> => {
    const begin = performance.now();
    return [scenario, await runScenario(controlPlane, scenario), Math.round(performance.now() - begin)];
  };
  for (;;) {
    while (running.size < JOBS) {
      const next = queue.shift();
      if (!next) break;
      running.set(next, replay(next));
    }
    if (running.size === 0) return;
    const ended = await Promise.race(running.values());
    running.delete(ended[0]);
    yield ended;
  }
}
