import { abortRun } from "./abort-run.ts";
import { getRun } from "./get-run.ts";
import { getRunIo } from "./get-run-io.ts";
import type { Route, RouteRequest } from "./route.ts";

/** The request of the run endpoint of the same kind, for a run that must be a prefetch. */
const ofPrefetch = (request: RouteRequest): RouteRequest => ({
  ...request,
  parameters: { ...request.parameters, name: request.parameters.run_name },
  onlyPrefetch: true,
});

export const getPrefetchRun: Route<"get_prefetch_hf_model"> = (webhook, request) =>
  getRun(webhook, ofPrefetch(request));

export const getPrefetchRunIo: Route<"get_prefetch_hf_model_io"> = (webhook, request) =>
  getRunIo(webhook, ofPrefetch(request));

export const abortPrefetchRun: Route<"abort_prefetch_hf_model"> = (webhook, request) =>
  abortRun(webhook, ofPrefetch(request));
