import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

let arrivals = 0;

/** The heading of a view. Who comes from another view starts here, with keyboard and screen reader too. */
export function Heading({ title, children }: { title: string; children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Flyte devbox`;
    // The page that has just been loaded begins at its top.
    if (arrivals++ > 0) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? title}
    </h1>
  );
}
