/** npm run conformance -- --control-plane URL: the behaviour cases against any control plane. */
import { parseArgs } from "node:util";
import { FlyteWebhookError, renderError } from "@flyte-webhook/core";
import { runCases } from "./run-cases.ts";

const USAGE = `usage: npm run conformance -- --control-plane URL [options]

  --control-plane URL  the control plane, for example http://127.0.0.1:30080
  --api-key KEY        credentials of the calls; default FLYTE_API_KEY, else none
  --project NAME       where the cases deploy and run a task; default flytesnacks
  --domain NAME        default development
  --json               one line of JSON for each case

Deploys the task conformance.sleep and runs it a few times. Exits 1 when a case fails.`;

const options = {
  "control-plane": { type: "string" },
  "api-key": { type: "string" },
  project: { type: "string", default: "flytesnacks" },
  domain: { type: "string", default: "development" },
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

let passed = 0;
let failed = 0;
try {
  for await (const result of runCases({
    controlPlane: values["control-plane"],
    apiKey: values["api-key"] ?? process.env.FLYTE_API_KEY,
    project: values.project,
    domain: values.domain,
  })) {
    if (result.problem === undefined) passed++;
    else failed++;
    if (values.json) console.log(JSON.stringify(result));
    else {
      console.log(`${result.problem === undefined ? "ok  " : "FAIL"}  ${result.name} (${result.ms} ms)`);
      if (result.problem !== undefined) console.log(`      ${result.problem.replaceAll("\n", "\n      ")}`);
    }
  }
} catch (error) {
  stop(`error: ${renderError(FlyteWebhookError.from(error))}`, 1);
}
if (!values.json) console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
