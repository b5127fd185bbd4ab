import type { AppState } from "../../src/console/live-state.ts";

/** How many processes serve an app; one that is at rest has none, and starts with the next request. */
export function Replicas({ app: { replicas, status } }: { app: AppState }) {
  if (replicas > 0 || status !== "active") return <>{replicas}</>;
  return (
    <>
      0 <span class="muted">(at rest)</span>
    </>
  );
}
