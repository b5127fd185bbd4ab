import { useMemo } from "preact/hooks";
import { announce } from "../announce.ts";
import { jsonPieces } from "../json-text.ts";

/** Characters that are shown; what is longer is copied whole. */
const SHOWN = 100_000;

export function JsonView({ label, value }: { label: string; value: unknown }) {
  const text = useMemo(() => JSON.stringify(value, null, 2), [value]);
  const pieces = useMemo(() => jsonPieces(text.slice(0, SHOWN)), [text]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => announce(`${label} copied`),
      () => announce("The browser does not allow copying here", { bad: true }),
    );
  return (
    <section class="json" aria-label={label}>
      <header>
        <h3>{label}</h3>
        <button type="button" class="quiet" onClick={copy} aria-label={`Copy ${label.toLowerCase()}`}>
          Copy
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <pre tabIndex={0}>
        {pieces.map(({ kind, text }, index) =>
          kind === "" ? (
            text
          ) : (
            <span key={index} class={`json-${kind}`}>
              {text}
            </span>
          ),
        )}
      </pre>
      {text.length > SHOWN && (
        <p class="muted">
          The first {SHOWN.toLocaleString()} characters of {text.length.toLocaleString()}.
        </p>
      )}
    </section>
  );
}
