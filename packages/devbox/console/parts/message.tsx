const FIRST_LINE = 140;

/** An error or reason: its first line, and all of it when it is unfolded. */
export function Message({ text }: { text: string }) {
  const [first = "", ...rest] = text.split("\n");
  if (rest.length === 0 && first.length <= FIRST_LINE) return <div class="message">{first}</div>;
  return (
    <details class="message">
      <summary>{first.length > FIRST_LINE ? `${first.slice(0, FIRST_LINE)}…` : first}</summary>
      <pre>{text}</pre>
    </details>
  );
}
