import { now } from "../now.ts";
import { distanceText, spanText } from "../time.ts";

const exact = (ms: number) => new Date(ms).toLocaleString();

/** `3 min ago`, `in 5 s`; the exact time is its title. */
export function Moment({ at }: { at: number | null }) {
  if (at === null) return <span class="muted">–</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={exact(at)}>
      {distanceText(at, now.value)}
    </time>
  );
}

/** From one time to another, or up to now. */
export function Span({ from, to }: { from: number; to: number | null }) {
  return <span class="number">{spanText((to ?? Math.max(now.value, from)) - from)}</span>;
}
