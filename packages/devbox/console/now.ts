import { signal } from "@preact/signals";

const TICK_MS = 1000;

/** The time, once a second while the page is seen. What shows it changes with it. */
export const now = signal(Date.now());

export function startClock(): void {
  let ticking: ReturnType<typeof setInterval> | undefined;
  const tick = () => {
    now.value = Date.now();
  };
  const follow = () => {
    clearInterval(ticking);
    if (document.hidden) return;
    tick();
    ticking = setInterval(tick, TICK_MS);
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}
