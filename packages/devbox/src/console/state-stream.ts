import type { ServerResponse } from "node:http";
import type { DevboxEvents } from "../events.ts";

/** What changes within this time is sent at once, in milliseconds. */
export const COALESCE_MS = 100;
/** A comment is sent as often as this, so that a connection which is dead shows as such. In milliseconds. */
export const HEARTBEAT_MS = 15_000;
/** How often a state is looked at that changes without an event, in milliseconds. */
export const POLL_MS = 2000;
/** A state that takes long to read is read less often: it may take this part of the time. */
const READ_SHARE = 0.1;
/** What a browser waits until it asks again after a connection broke, in milliseconds. */
const RETRY_MS = 1000;

export interface StreamOptions {
  /** Whether the state also changes without an event; default: it does not. */
  readonly polled?: boolean;
  /** Called when the last viewer has left. */
  readonly onIdle?: () => void;
}

interface Viewer {
  readonly response: ServerResponse;
  /** Whether it could not take the newest state yet. */
  behind: boolean;
}

/**
 * Server-sent events whose data is the whole state as JSON: one when a viewer comes and one after each change. Nothing is
 * listened to, read or timed while there is no viewer. A slow viewer skips states.
 */
export class StateStream {
  readonly #read: () => unknown;
  readonly #events: DevboxEvents;
  readonly #closing: AbortSignal;
  readonly #options: StreamOptions;
  readonly #viewers = new Set<Viewer>();
  #frame = "";
  #readMs = 0;
  #push: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;

  /** When `closing` aborts, every stream is ended. */
  constructor(read: () => unknown, events: DevboxEvents, closing: AbortSignal, options: StreamOptions = {}) {
    this.#options = options;
    this.#read = read;
    this.#events = events;
    this.#closing = closing;
  }

  /** Answers with the stream; it goes on until the viewer leaves or the devbox closes. */
  open(response: ServerResponse): void {
    if (this.#closing.aborted) return void response.writeHead(503).end();
    const viewer: Viewer = { response, behind: false };
    if (this.#viewers.size === 0) this.#begin();
    this.#viewers.add(viewer);
    response.once("close", () => this.#leave(viewer));
    response.on("drain", () => {
      if (viewer.behind) this.#send(viewer);
    });
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.#refresh();
    this.#send(viewer);
  }

  #begin(): void {
    this.#events.on("run", this.#changed);
    this.#events.on("app", this.#changed);
    this.#events.on("trigger", this.#changed);
    this.#closing.addEventListener("abort", this.#end);
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    if (this.#options.polled) this.#poll = setInterval(this.#changed, POLL_MS).unref();
  }

  #leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    this.#events.off("run", this.#changed);
    this.#events.off("app", this.#changed);
    this.#events.off("trigger", this.#changed);
    this.#closing.removeEventListener("abort", this.#end);
    clearInterval(this.#heartbeat);
    clearInterval(this.#poll);
    clearTimeout(this.#push);
    this.#push = undefined;
    this.#frame = "";
    this.#options.onIdle?.();
  }

  readonly #changed = (): void => {
    this.#push ??= setTimeout(
      () => {
        this.#push = undefined;
        // The others have this state already when it is an old one.
        if (this.#refresh()) for (const viewer of this.#viewers) this.#send(viewer);
      },
      Math.max(COALESCE_MS, this.#readMs / READ_SHARE),
    ).unref();
  };

  readonly #end = (): void => {
    for (const { response } of this.#viewers) response.end();
  };

  #beat(): void {
    for (const { response } of this.#viewers) if (!response.writableNeedDrain) response.write(": still here\n\n");
  }

  /** Whether the state is another one now. JSON holds no line break, so that one `data` line is enough. */
  #refresh(): boolean {
    const began = performance.now();
    const frame = `data: ${JSON.stringify(this.#read())}\n\n`;
    this.#readMs = performance.now() - began;
    const isNew = frame !== this.#frame;
    this.#frame = frame;
    return isNew;
  }

  #send(viewer: Viewer): void {
    viewer.behind = viewer.response.writableNeedDrain;
    if (!viewer.behind) viewer.response.write(this.#frame);
  }
}
