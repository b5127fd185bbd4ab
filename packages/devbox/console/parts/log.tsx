import { useEffect, useRef, useState } from "preact/hooks";
import { addLines, type LogLines, NO_LINES } from "../log-lines.ts";
import { messageOf, stream } from "../rpc.ts";

interface LogProps {
  readonly label: string;
  readonly method: string;
  /** The request, in JSON. A log of another one begins anew. */
  readonly request: string;
  readonly linesOf: (message: never) => readonly string[];
  /** Whether more is to come, so that a log that ends is asked for again. */
  readonly live: boolean;
}

const SHOWN_EACH_MS = 100;
const AGAIN_MS = 1000;

/** A log that follows what is written, as long as its end is in sight. */
export function Log({ label, method, request, linesOf, live }: LogProps) {
  const [log, setLog] = useState<LogLines>(NO_LINES);
  const [note, setNote] = useState("Waiting for the first line…");
  const [following, setFollowing] = useState(true);
  const box = useRef<HTMLPreElement>(null);
  const isLive = useRef(live);
  isLive.current = live;

  useEffect(() => {
    const leaving = new AbortController();
    void follow(leaving.signal);
    return () => leaving.abort();

    async function follow(signal: AbortSignal) {
      while (!signal.aborted) {
        let [read, waiting] = [NO_LINES, [] as string[]];
        let showing: ReturnType<typeof setTimeout> | undefined;
        const show = () => {
          showing = undefined;
          read = addLines(read, waiting);
          waiting = [];
          if (!signal.aborted) setLog(read);
        };
        try {
          for await (const message of stream<never>(method, JSON.parse(request), signal)) {
            waiting.push(...linesOf(message));
            showing ??= setTimeout(show, SHOWN_EACH_MS);
          }
          clearTimeout(showing);
          show();
          setNote(read.lines.length === 0 ? "Nothing was written." : "");
        } catch (error) {
          setNote(isLive.current ? "Waiting for the first line…" : messageOf(error));
        }
        if (!isLive.current) return;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }, [method, request]);

  useEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [log, following]);

  const scrolled = ({ currentTarget: { scrollTop, scrollHeight, clientHeight } }: { currentTarget: HTMLElement }) =>
    setFollowing(scrollHeight - scrollTop - clientHeight < 24);
  return (
    <section class="log" aria-label={label}>
      <header>
        <span class="muted">
          {log.lines.length + log.dropped} lines{log.dropped > 0 && `, of which the last ${log.lines.length} are shown`}
        </span>
        <label class="check">
          <input
            type="checkbox"
            checked={following}
            onChange={({ currentTarget }) => setFollowing(currentTarget.checked)}
          />
          Follow
        </label>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <pre ref={box} tabIndex={0} role="log" aria-live="off" onScroll={scrolled}>
        {log.lines.length > 0 ? log.lines.join("\n") : <span class="muted">{note}</span>}
      </pre>
    </section>
  );
}
