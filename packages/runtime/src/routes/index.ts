import type { EndpointId } from "@flyte-webhook/core";
import type { Answers } from "../openapi/answers.ts";
import type { Route } from "./route.ts";

/** An endpoint that is not here is not built: it is neither mounted nor in the OpenAPI document. */
export type BuiltEndpointId = EndpointId & keyof Answers;

/**
 * The routes by endpoint. Each is loaded with the first request for it (or by `warm`), because the messages and clients
 * it needs take longer to load than the rest of the webhook.
 */
export const ROUTES = {
  health: async () => (await import("./health.ts")).health,
  me: async () => (await import("./me.ts")).me,
  run_task: async () => (await import("./run-task.ts")).runTask,
  get_task: async () => (await import("./get-task.ts")).getTask,
  get_run: async () => (await import("./get-run.ts")).getRun,
  get_run_io: async () => (await import("./get-run-io.ts")).getRunIo,
  abort_run: async () => (await import("./abort-run.ts")).abortRun,
  get_app: async () => (await import("./get-app.ts")).getApp,
  activate_app: async () => (await import("./switch-app.ts")).activateApp,
  deactivate_app: async () => (await import("./switch-app.ts")).deactivateApp,
  call_app: async () => (await import("./call-app.ts")).callApp,
  build_image: async () => (await import("./build-image.ts")).buildImage,
  prefetch_hf_model: async () => (await import("./prefetch-hf-model.ts")).prefetchHfModel,
  get_prefetch_hf_model: async () => (await import("./prefetch-run.ts")).getPrefetchRun,
  get_prefetch_hf_model_io: async () => (await import("./prefetch-run.ts")).getPrefetchRunIo,
  abort_prefetch_hf_model: async () => (await import("./prefetch-run.ts")).abortPrefetchRun,
  activate_trigger: async () => (await import("./switch-trigger.ts")).activateTrigger,
  deactivate_trigger: async () => (await import("./switch-trigger.ts")).deactivateTrigger,
} satisfies { [Id in BuiltEndpointId]: () => Promise<Route<Id>> };

export function isBuilt(id: EndpointId): id is BuiltEndpointId {
  return id in ROUTES;
}
