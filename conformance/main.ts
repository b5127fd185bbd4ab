/** npm run conformance -- --control-plane URL: the behaviour cases against any control plane. */
import { parseArgs } from "node:util";
import { FlyteWebhookError, renderError } from "@flyte-webhook/core";
import type { Result } from "./result.ts";
import { runCases } from "./run-cases.ts";
import { knownFailures, runServiceCases } from "./run-service-cases.ts";

const USAGE = `usage: npm run conformance -- --control-plane URL [options]

  --control-plane URL  the control plane, for example http://127.0.0.1:30080
  --api-key KEY        credentials of the calls; default FLYTE_API_KEY, else none
  --project NAME       where the cases deploy and run a task; default flytesnacks
  --domain NAME        default development
  --cases WHICH        webhook: how a webhook behaves in front of the plane; rpc: the plane's own services,
                       recorded on a real one; all (default)
  --known-failures F   JSON of scenarios that are known to fail, with the reasons: they are told and not counted,
                       and one that passes is a failure
  --json               one line of JSON for each case

The cases of the webhook deploy the task conformance.sleep and run it a few times. Each scenario of the services has a
project of its own, rpc-XXXXXXX, which is archived at the end. Exits 1 when a case fails.`;

const options = {
  "control-plane": { type: "string" },
  "api-key": { type: "string" },
  project: { type: "string", default: "flytesnacks" },
  domain: { type: "string", default: "development" },
  cases: { type: "string", default: "all" },
  "known-failures": { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

function stop(text: string, code: number): never {
  console.error(text);
  process.exit(code);
}

const { values } = (() => {
  try {
    return parseArgs({ options });
  } catch (error) {
    return stop(`${error instanceof Error ? error.message : error}\n\n${USAGE}`, 2);
  }
})();
if (values.help || values["control-plane"] === undefined) stop(USAGE, values.help ? 0 : 2);

const { cases } = values;
if (!["all", "webhook", "rpc"].includes(cases)) stop(`--cases is webhook, rpc or all, not ${cases}\n\n${USAGE}`, 2);

const controlPlane = values["control-plane"];
const counts: Record<Result["outcome"], number> = { passed: 0, failed: 0, known: 0 };
const WORDS = { passed: "ok  ", failed: "FAIL", known: "skip" } as const;

function tell(result: Result): void {
  counts[result.outcome]++;
  if (values.json) {
    console.log(JSON.stringify(result));
    return;
  }
  const { name, ms, problem, outcome } = result;
  console.log(`${WORDS[outcome]}  ${name} (${ms} ms)`);
  if (problem !== undefined) console.log(`      ${problem.replaceAll("\n", "\n      ")}`);
}

try {
  if (cases !== "rpc") {
    const { project, domain } = values;
    const apiKey = values["api-key"] ?? process.env.FLYTE_API_KEY;
    for await (const result of runCases({ controlPlane, apiKey, project, domain })) tell(result);
  }
  if (cases !== "webhook") {
    for await (const result of runServiceCases(controlPlane, knownFailures(values["known-failures"]))) tell(result);
  }
} catch (error) {
  stop(`error: ${renderError(FlyteWebhookError.from(error))}`, 1);
}
if (!values.json) console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.known} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);
