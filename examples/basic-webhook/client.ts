/** Runs a task through the webhook: node examples/basic-webhook/client.ts ENDPOINT (or FLYTE_WEBHOOK_ENDPOINT) */
import { setTimeout as sleep } from "node:timers/promises";
import { loadConfig } from "@flyte-webhook/sdk";
import { ofetch } from "ofetch";

const endpoint = process.argv[2] ?? process.env.FLYTE_WEBHOOK_ENDPOINT;
if (!endpoint) throw new Error("Give the webhook's endpoint, which serving it prints.");
const token = process.env.FLYTE_API_KEY ?? loadConfig().apiKey;
if (!token) throw new Error("Set FLYTE_API_KEY, or point to the config file that your devbox wrote.");

const webhook = ofetch.create({
  baseURL: endpoint,
  headers: { authorization: `Bearer ${token}`, "user-agent": "flyte-webhook-client/1.0" },
});

// Health check (needs no credentials)
console.log("/health:", await webhook("/health"));

// Who the control plane takes the caller for
console.log("/me:", await webhook("/me"));

// Run a task
const inputs = { x: 42, y: "hello" };
const { name } = await webhook("/run-task/development/flytesnacks/example.my_task", { method: "POST", body: inputs });
console.log("Run task:", name);

// Follow it to its end
let run = await webhook(`/run/${name}`);
while (!run.done) {
  await sleep(250);
  run = await webhook(`/run/${name}`);
}
console.log("Run status:", run);
console.log("Inputs and outputs:", await webhook(`/run/${name}/io`));
