import { create } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";

/** How far the fine clock may be from the system's. It stands still while a laptop sleeps, and does not know of a reset. */
const MAX_DRIFT_MS = 50;

let origin = performance.timeOrigin;
let last = 0;

/** Microseconds since 1970, each answer later than the one before: creation order is the order of these. */
export function nowMicros(): number {
  const system = Date.now();
  if (Math.abs(origin + performance.now() - system) > MAX_DRIFT_MS) origin = system - performance.now();
  last = Math.max(last + 1, Math.floor((origin + performance.now()) * 1000));
  return last;
}

export function timestampOf(micros: number): Timestamp {
  const seconds = Math.floor(micros / 1e6);
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: (micros - seconds * 1e6) * 1000 });
}

export function microsOf(timestamp: Timestamp): number {
  return Number(timestamp.seconds) * 1e6 + Math.floor(timestamp.nanos / 1000);
}
