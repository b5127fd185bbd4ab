import {
  defaulted,
  isPlainObject,
  kind,
  optional,
  type Read,
  readOptions,
  shape,
  shown,
  whole,
} from "../declaration/option.ts";
import { type DurationOption, readSeconds } from "./duration.ts";

/** How many replicas run, and what makes there be more or fewer. */
export interface ScalingOptions {
  /** A fixed number, or `[min, max]`. Default `[0, 1]`: stopped while idle, woken by a request. */
  readonly replicas?: number | readonly [min: number, max: number] | undefined;
  /** Replicas are added above so many concurrent requests, or requests per second, of one replica. */
  readonly metric?: ConcurrencyMetric | RequestRateMetric | undefined;
  /** How long a replica stays after its last request: seconds or parts, 6 s to 1 h (Knative's bounds). */
  readonly scaledownAfter?: DurationOption | undefined;
}
export interface ConcurrencyMetric {
  readonly concurrency: number;
  readonly requestRate?: undefined;
}
export interface RequestRateMetric {
  readonly requestRate: number;
  readonly concurrency?: undefined;
}

const count = whole();

const readReplicas: Read<readonly [min: number, max: number]> = (value, loc, problems) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (Array.isArray(value) && given.length !== 2) {
    return problems.add(loc, `should be a number or [min, max], not a list of ${given.length}`);
  }
  const [min, max = min] = Array.from(given, (one) => count(one, loc, problems));
  if (min === undefined || max === undefined) return undefined;
  if (max < 1) return problems.add(loc, "should allow at least 1 replica: a platform reads 0 as no limit at all");
  if (max < min) return problems.add(loc, `should have its minimum first, ${min} is above ${max}`);
  return [min, max];
};

const METRIC = { concurrency: optional(whole(1)), requestRate: optional(whole(1)) };

const readMetric: Read<ConcurrencyMetric | RequestRateMetric> = (value, loc, problems) => {
  const expected = "{concurrency: n} or {requestRate: n}";
  if (!isPlainObject(value)) return problems.add(loc, `should be ${expected}, not ${kind(value)}`);
  const metric = readOptions(METRIC, value, loc, problems);
  if (Object.keys(METRIC).filter((name) => (value[name] ?? undefined) !== undefined).length !== 1) {
    return problems.add(loc, `should be one of ${expected}`);
  }
  return metric as ConcurrencyMetric | RequestRateMetric;
};

const readScaledown: Read<number> = (value, loc, problems) => {
  const seconds = readSeconds(value, loc, problems);
  if (seconds === undefined || (Number.isInteger(seconds) && seconds >= 6 && seconds <= 3600)) return seconds;
  return problems.add(loc, `should be whole seconds from 6 to 3600 (the platform's bounds), not ${shown(seconds)}`);
};

export const readScaling = shape(
  {
    replicas: defaulted(readReplicas, [0, 1] as const),
    metric: optional(readMetric),
    scaledownAfter: optional(readScaledown),
  },
  "an object {replicas, metric, scaledownAfter}",
);
