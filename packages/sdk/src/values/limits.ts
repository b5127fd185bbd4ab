import { LIMIT_RANGES, type LimitOptions } from "@flyte-webhook/core";
import { type Option, type Options, optional, type Read, shape, whole } from "../declaration/option.ts";

const OPTIONS: Options = Object.fromEntries(
  Object.entries(LIMIT_RANGES).map(([name, [least, greatest]]): [string, Option<unknown>] => [
    name,
    optional(whole(least, greatest)),
  ]),
);

/** Limits of a webhook; those that are not said keep their defaults, and are left out. */
export const readLimits: Read<LimitOptions> = (value, loc, problems) => {
  const read = shape(OPTIONS, "an object of limits")(value, loc, problems);
  return read && (Object.fromEntries(Object.entries(read).filter(([, limit]) => limit !== undefined)) as LimitOptions);
};
