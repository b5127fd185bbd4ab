import type { ComponentChildren } from "preact";

/** What stands where a list would be. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <div>{children}</div>}
    </div>
  );
}

/** Shown only after a moment, so that what comes at once does not flicker. */
export function Loading() {
  return (
    <p class="loading" role="status">
      Loading…
    </p>
  );
}

export function Problem({ text }: { text: string }) {
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}
