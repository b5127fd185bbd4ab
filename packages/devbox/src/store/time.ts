import { create } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";

let last = 0;

/** Microseconds since 1970, each answer later than the one before: creation order is the order of these. */
export function nowMicros(): number {
  last = Math.max(last + 1, Math.floor((performance.timeOrigin + performance.now()) * 1000));
  return last;
}

export function timestampOf(micros: number): Timestamp {
  const seconds = Math.floor(micros / 1e6);
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: (micros - seconds * 1e6) * 1000 });
}

export function microsOf(timestamp: Timestamp): number {
  return Number(timestamp.seconds) * 1e6 + Math.floor(timestamp.nanos / 1000);
}
