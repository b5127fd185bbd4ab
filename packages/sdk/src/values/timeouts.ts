import { optional, type Read, shape } from "../declaration/option.ts";
import { type DurationOption, readSeconds } from "./duration.ts";

export interface TimeoutsOptions {
  /** Longest time of one request: seconds or parts, at most 1 h. Default: the platform's (300 s on open-source Flyte). */
  readonly request?: DurationOption | undefined;
}

const readRequest: Read<number> = (value, loc, problems) => {
  const seconds = readSeconds(value, loc, problems);
  if (seconds === undefined || (seconds >= 0 && seconds <= 3600)) return seconds;
  return problems.add(loc, `should be from 0 to 3600 seconds (1 hour), not ${seconds}`);
};

export const readTimeouts = shape({ request: optional(readRequest) }, "an object {request}");
