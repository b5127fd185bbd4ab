import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";

/** Seconds as a message, to the microsecond, which is what Python's durations have. */
export function toDuration(seconds: number): Duration {
  const micros = Math.round(seconds * 1e6);
  return create(DurationSchema, { seconds: BigInt(Math.floor(micros / 1e6)), nanos: (micros % 1e6) * 1000 });
}
