import { useEffect, useRef, useState } from "preact/hooks";

interface SearchFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly text: string;
  readonly onText: (text: string) => void;
}

const QUIET_MS = 250;

/** A search that is asked for once typing pauses; `/` leads to it from anywhere on the page. */
export function SearchField({ label, hint, text, onText }: SearchFieldProps) {
  const [typed, setTyped] = useState(text);
  const field = useRef<HTMLInputElement>(null);
  const told = useRef(onText);
  told.current = onText;

  useEffect(() => {
    if (typed.trim() === text) return;
    const pause = setTimeout(() => told.current(typed.trim()), QUIET_MS);
    return () => clearTimeout(pause);
  }, [typed, text]);

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const busy = (event.target as Element).closest?.("input, textarea, select, dialog");
      if (event.key !== "/" || busy || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);

  return (
    <span class="search">
      <input
        ref={field}
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={hint}
        value={typed}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <span class="key" aria-hidden="true">
        /
      </span>
    </span>
  );
}
