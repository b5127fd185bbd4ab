import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { onTestFinished, vi } from "vitest";

export interface EventStream<T> {
  readonly answer: IncomingMessage;
  /** The data of all events so far. */
  readonly events: T[];
  /** Lines that are comments. */
  readonly comments: string[];
  readonly ended: Promise<void>;
  /** Waits for an event that fits, the ones that have come included. */
  until(fits: (data: T) => boolean): Promise<T>;
  leave(): void;
}

/** Opens server-sent events whose data is JSON, as a browser's `EventSource` would. */
export async function eventStream<T>(url: string): Promise<EventStream<T>> {
  const request = httpRequest(url, { headers: { accept: "text/event-stream" } }).end();
  request.on("error", () => {});
  onTestFinished(() => void request.destroy());
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  const events: T[] = [];
  const comments: string[] = [];
  let rest = "";
  answer.setEncoding("utf8").on("data", (chunk: string) => {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const line of blocks.flatMap((block) => block.split("\n"))) {
      if (line.startsWith("data: ")) events.push(JSON.parse(line.slice(6)));
      if (line.startsWith(":")) comments.push(line);
    }
  });
  return {
    answer,
    events,
    comments,
    ended: new Promise((resolve) => answer.on("error", () => {}).once("close", () => resolve())),
    until: (fits) =>
      vi.waitFor(
        () => {
          const found = events.find(fits);
          if (!found) throw new Error(`no such event among ${JSON.stringify(events.at(-1))} and ${events.length} more`);
          return found;
        },
        { timeout: 10_000, interval: 10 },
      ),
    leave: () => void request.destroy(),
  };
}
