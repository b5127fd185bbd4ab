import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FlyteWebhookError } from "@flyte-webhook/core";
import { readScenarios } from "../golden/rpc/read-scenarios.ts";
import { betterThan, runScenarios } from "../golden/rpc/run-scenarios.ts";
import type { Result } from "./result.ts";

/** Those that were recorded, and those that were derived from the sources. */
const SCENARIOS = ["rpc-exchanges.json", "more-rpc.json"].map((name) =>
  fileURLToPath(new URL(`./data/${name}`, import.meta.url)),
);

/** By scenario, why it is known to fail on the plane in question. */
export type KnownFailures = ReadonlyMap<string, string>;

/** Throws `invalid_config` when the file is no JSON object of texts. */
export function knownFailures(file: string | undefined): KnownFailures {
  if (file === undefined) return new Map();
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>));
  } catch (error) {
    throw new FlyteWebhookError(
      "invalid_config",
      `--known-failures ${file} cannot be read: ${(error as Error).message}`,
    );
  }
}

/**
 * The scenarios of what a real control plane answers, against any one. What a plane need not copy is left out
 * where it differs: it is not counted.
 */
export async function* runServiceCases(controlPlane: string, known: KnownFailures): AsyncGenerator<Result> {
  const scenarios = (await Promise.all(SCENARIOS.map(readScenarios))).flat();
  for await (const [scenario, problems, ms] of runScenarios(controlPlane, scenarios)) {
    const { id } = scenario;
    const name = `rpc ${id}`;
    const reason = known.get(id) ?? betterThan(scenario);
    if (problems.length > 0 && reason !== undefined) yield { name, ms, outcome: "known", problem: reason };
    else if (problems.length > 0) yield { name, ms, outcome: "failed", problem: problems.join("\n") };
    else if (known.has(id)) yield { name, ms, outcome: "failed", problem: `passes: it is no known failure any more` };
    else yield { name, ms, outcome: "passed" };
  }
}
