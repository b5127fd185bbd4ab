import type { Duration } from "@bufbuild/protobuf/wkt";
import type { Backoff } from "@flyte-webhook/idl/flyteidl2/core/literals";

/** The pause after an attempt (from 1) before the next, as Flyte's protos define it; without a base there is none. */
export function backoffMillis(backoff: Backoff | undefined, attempt: number): number {
  const base = millis(backoff?.base);
  if (base <= 0) return 0;
  const factor = backoff?.factor || 1;
  const cap = millis(backoff?.cap);
  const pause = base * factor ** (attempt - 1);
  return Math.round(cap > 0 ? Math.min(pause, cap) : Math.min(pause, MAX_PAUSE_MS));
}

/** A pause without a cap ends at some time all the same. */
const MAX_PAUSE_MS = 24 * 3600 * 1000;

function millis(duration: Duration | undefined): number {
  return duration ? Number(duration.seconds) * 1000 + duration.nanos / 1e6 : 0;
}
