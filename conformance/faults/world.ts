/** A control plane's replies with which each of the 18 endpoints succeeds and, where it writes, writes. */
import { readFileSync } from "node:fs";
import type { EndpointId } from "@flyte-webhook/core";
import type { ExchangeFile } from "../../golden/http/exchange.ts";
import type { Reply, World } from "../../golden/http/stub-control-plane.ts";

export const SCOPE = { project: "flytesnacks", domain: "development" };

/** A request to each endpoint: method, path, body. */
export const REQUESTS: Readonly<Record<EndpointId, readonly [method: "GET" | "POST", path: string, body?: unknown]>> = {
  health: ["GET", "/health"],
  me: ["GET", "/me"],
  run_task: ["POST", "/run-task/development/flytesnacks/env.add", { x: 5 }],
  get_task: ["GET", "/task/development/flytesnacks/env.add"],
  get_run: ["GET", "/run/r1"],
  get_run_io: ["GET", "/run/r1/io"],
  abort_run: ["POST", "/run/r1/abort"],
  get_app: ["GET", "/app/helper"],
  activate_app: ["POST", "/app/stopped/activate"],
  deactivate_app: ["POST", "/app/helper/deactivate"],
  call_app: ["POST", "/app/helper/call?path=/ping&timeout=0.4"],
  activate_trigger: ["POST", "/trigger/env.add/stopped/activate"],
  deactivate_trigger: ["POST", "/trigger/env.add/nightly/deactivate"],
  build_image: ["POST", "/build-image?name=x"],
  prefetch_hf_model: ["POST", "/prefetch/hf-model?repo=acme/tiny"],
  get_prefetch_hf_model: ["GET", "/prefetch/hf-model/rprefetch"],
  get_prefetch_hf_model_io: ["GET", "/prefetch/hf-model/rprefetch/io"],
  abort_prefetch_hf_model: ["POST", "/prefetch/hf-model/rprefetch/abort"],
};

const file = JSON.parse(readFileSync(new URL("../data/http-exchanges.json", import.meta.url), "utf8")) as ExchangeFile;

/** The reply of the recorded world to an RPC, with texts replaced. */
function changed(rpc: string, when: Reply["when"], changes: Readonly<Record<string, string>>): Reply {
  let text = JSON.stringify(file.world[rpc]?.[0]?.ok);
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`${rpc} of the recorded world does not hold ${from}`);
    text = text.replaceAll(from, to);
  }
  return { when: when as NonNullable<Reply["when"]>, ok: JSON.parse(text) };
}

const withMore = (rpc: string, ...more: readonly Reply[]) => ({ [rpc]: [...more, ...(file.world[rpc] ?? [])] });

const builder = file.rows.find(({ id }) => id === "build-default")?.world?.["TaskService/GetTaskDetails"]?.[0];

export const WORLD: World = {
  ...file.world,
  ...withMore("TaskService/GetTaskDetails", { ...builder, when: { taskId: { name: "build-image" } } }),
  ...withMore(
    "RunService/GetRunDetails",
    changed(
      "RunService/GetRunDetails",
      { runId: { name: "rprefetch" } },
      { "env.add": "prefetch-hf-model.store_hf_model_task" },
    ),
  ),
  ...withMore(
    "AppService/Get",
    changed("AppService/Get", { appId: { name: "stopped" } }, { STATUS_ACTIVE: "STATUS_STOPPED" }),
  ),
  ...withMore(
    "TriggerService/GetTriggerDetails",
    changed("TriggerService/GetTriggerDetails", { name: { name: "stopped" } }, { '"active":true': '"active":false' }),
  ),
};
