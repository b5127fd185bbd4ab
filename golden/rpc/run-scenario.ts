import { setTimeout as sleep } from "node:timers/promises";
import { compare } from "./compare.ts";
import { observe } from "./observe.ts";
import { at, type Json, type Observation, type Scenario, type Step } from "./scenario-format.ts";
import { filledIn, newVariables, type Variables } from "./variables.ts";

/** Longest that one scenario may take. */
const LIMIT_MS = 120_000;
/** Time for a stream that runs beside the next steps to be established. */
const SETTLE_MS = 300;

/** Replays one scenario against a control plane; what went wrong in the first step that did, nothing when none did. */
export async function runScenario(controlPlane: string, scenario: Scenario): Promise<string[]> {
  const limit = new AbortController();
  const base = new URL(controlPlane);
  const variables = newVariables();
  try {
    return await Promise.race([
      replay(base, scenario, variables),
      sleep(LIMIT_MS, [`took more than ${LIMIT_MS / 1000} s`], { signal: limit.signal }),
    ]);
  } catch (error) {
    return [`could not be replayed: ${error instanceof Error ? error.message : error}`];
  } finally {
    limit.abort();
    await archive(base, String(variables.project));
  }
}

/** Projects cannot be deleted; one that was never created is not there to be archived. */
async function archive(base: URL, id: string): Promise<void> {
  const project = { id, name: id, state: "PROJECT_STATE_ARCHIVED" };
  await observe(base, { rpc: "flyteidl2.project.ProjectService/UpdateProject", request: { project } });
}

async function replay(base: URL, { steps }: Scenario, variables: Variables): Promise<string[]> {
  const background = new Map<string, Promise<Observation>>();
  for (const [index, recorded] of steps.entries()) {
    const step = filledIn(recorded, variables);
    const seen = await perform(base, step, background);
    if (!seen) continue;
    const source = seen.ok ?? seen.http?.json ?? (seen as unknown as Json);
    for (const [name, path] of Object.entries(step.capture ?? {})) variables[name] = at(source, path);
    // Captured values may be part of what is expected.
    const problems = recorded.expect ? compare(filledIn(recorded.expect, variables), seen) : [];
    if (problems.length > 0) return problems.map((problem) => `step ${index} ${nameOf(step)}: ${problem}`);
  }
  await Promise.all(background.values());
  return [];
}

async function perform(
  base: URL,
  step: Step,
  background: Map<string, Promise<Observation>>,
): Promise<Observation | undefined> {
  if (step.sleepMs !== undefined) {
    await sleep(step.sleepMs);
    return undefined;
  }
  if (step.await !== undefined) return background.get(step.await);
  if (step.background !== undefined) {
    background.set(step.background, observe(base, step));
    await sleep(step.settleMs ?? SETTLE_MS);
    return undefined;
  }
  return observe(base, step);
}

function nameOf({ rpc, http, await: awaited }: Step): string {
  return rpc?.split(".").at(-1) ?? http?.path ?? http?.url ?? awaited ?? "";
}
