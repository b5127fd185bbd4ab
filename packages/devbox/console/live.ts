import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

/** Whether what is shown is what is so. */
export const connection = signal<"connecting" | "live" | "lost">("connecting");

/** What a browser waits until it asks again after it was refused, in milliseconds. */
const RETRY_MS = 2000;

/**
 * The state of a view (`live-state.ts`) now and after each change; undefined until the first one comes. A page that
 * nobody sees asks for nothing: browsers open few connections to one server, and share them among tabs.
 */
export function useLive<State>(view: string, params: Readonly<Record<string, string>>): State | undefined {
  const address = `/console/events?${new URLSearchParams({ view, ...params })}`;
  const [told, setTold] = useState<{ address: string; state: State }>();
  useEffect(() => {
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const connect = () => {
      source = new EventSource(address);
      source.onmessage = ({ data }) => {
        setTold({ address, state: JSON.parse(data) });
        connection.value = "live";
      };
      source.onerror = () => {
        connection.value = "lost";
        // The browser itself asks again, unless it was refused.
        if (source?.readyState === EventSource.CLOSED) again = setTimeout(connect, RETRY_MS);
      };
    };
    const leave = () => {
      clearTimeout(again);
      source?.close();
    };
    const follow = () => {
      leave();
      if (!document.hidden) connect();
    };
    document.addEventListener("visibilitychange", follow);
    follow();
    return () => {
      document.removeEventListener("visibilitychange", follow);
      leave();
    };
  }, [address]);
  // Of the same view with other parameters, the last state stays until the next one comes.
  return told && (told.address === address || viewOf(told.address) === viewOf(address)) ? told.state : undefined;
}

/** A run that is another one is another view. */
function viewOf(address: string): string {
  const params = new URLSearchParams(address.split("?")[1]);
  return ["view", "project", "domain", "run"].map((name) => params.get(name)).join("/");
}
