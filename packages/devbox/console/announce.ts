import { signal } from "@preact/signals";

/** What a screen reader is told, and the foot of the page shows for a while: the outcome of what was asked for. */
export const announcement = signal<{ text: string; bad: boolean } | null>(null);

const SHOWN_MS = 6000;
let fading: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string, { bad = false } = {}): void {
  clearTimeout(fading);
  announcement.value = { text, bad };
  fading = setTimeout(() => {
    announcement.value = null;
  }, SHOWN_MS);
}
