import { durationMs } from "@bufbuild/protobuf/wkt";
import type { Spec } from "@flyte-webhook/idl/flyteidl2/app/app_definition";

/** How many processes serve an app, and what makes them more or fewer. */
export interface Scaling {
  readonly min: number;
  readonly max: number;
  /** `concurrency`: requests at the same time; `requestRate`: requests that came within the last second. */
  readonly metric: "concurrency" | "requestRate";
  /** What one process is to take of the metric. */
  readonly target: number;
  /** Milliseconds for which the most that was needed is kept. */
  readonly windowMs: number;
}

/** Processes of one app when its spec sets no bound, which on Knative means as many as there is room for. */
export const MAX_REPLICAS = 10;

/** Knative's `container-concurrency-target-default`, `requests-per-second-target-default` and `stable-window`. */
const DEFAULT_TARGET = { concurrency: 100, requestRate: 200 } as const;
const DEFAULT_WINDOW_MS = 60_000;

/** Reads `spec.autoscaling` with Knative's defaults: no minimum, no maximum, 100 requests at a time, a minute. */
export function readScaling({ autoscaling }: Spec): Scaling {
  const { min = 0, max = 0 } = autoscaling?.replicas ?? {};
  const bound = max > 0 ? Math.min(max, MAX_REPLICAS) : MAX_REPLICAS;
  const { metric } = autoscaling?.scalingMetric ?? {};
  const kind = metric?.case === "requestRate" ? "requestRate" : "concurrency";
  const window = autoscaling?.scaledownPeriod ? durationMs(autoscaling.scaledownPeriod) : 0;
  return {
    min: Math.min(min, bound),
    max: bound,
    metric: kind,
    target: metric?.value?.targetValue || DEFAULT_TARGET[kind],
    windowMs: window > 0 ? window : DEFAULT_WINDOW_MS,
  };
}
