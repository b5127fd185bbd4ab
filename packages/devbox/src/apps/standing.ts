import type { AppState } from "./app-state.ts";
import type { Revision } from "./revision.ts";

export type Standing = Pick<AppState, "phase" | "message" | "substate">;

/** How an active app stands, by the revision that serves it and the one that is to replace that. */
export function standingOf(current: Revision | undefined, next: Revision | undefined): Standing {
  const phase = current?.phase;
  if (current && (phase === "ready" || phase === "idle" || phase === "waking")) {
    if (next?.phase === "failed") {
      const message = `The new revision failed, the one before it serves on. ${next.failed?.failure ?? ""}`;
      return { phase: "updateFailed", message, substate: next.failed?.substate };
    }
    if (next) return { phase: "updating", message: "", substate: undefined };
    const scaling = phase === "idle" ? "scaledToZero" : phase === "waking" ? "scalingFromZero" : "scalingUp";
    const settled = phase === "ready" && current.isComplete;
    return { phase: "active", message: "", substate: settled ? undefined : scaling };
  }
  // A revision that failed does not keep the one before from coming back after a crash.
  const shown = phase === "starting" ? current : (next ?? current);
  if (shown?.phase !== "failed") return { phase: "starting", message: "", substate: undefined };
  return { phase: "failed", message: shown.failed?.failure ?? "", substate: shown.failed?.substate };
}
