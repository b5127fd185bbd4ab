import { Readable } from "node:stream";
import { FlyteWebhookError } from "@flyte-webhook/core";

/**
 * When a call ends before its answer does: at its deadline, or when its caller goes away. A buffered answer must be there
 * whole in time; of a streamed one the head must, and afterwards each part so long after the one before.
 */
export class Deadline {
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort: (() => void) | undefined;
  #end: (reason: FlyteWebhookError) => void = () => {};
  #reason: FlyteWebhookError | undefined;
  /** Whether it is the other side that everyone waits for. */
  #waiting = true;

  constructor({ timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined }) {
    this.#signal = signal;
    this.#timer = setTimeout(() => {
      if (!this.#waiting) return void this.#timer.refresh();
      this.#fire(new FlyteWebhookError("target_timeout", `The app did not answer within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    if (signal) {
      this.#onAbort = () => this.#fire(new FlyteWebhookError("canceled", "the caller went away"));
      if (signal.aborted) this.#onAbort();
      else signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  /** What ends the call from now on; it is called at once when the call has ended already. */
  onEnd(end: (reason: FlyteWebhookError) => void): void {
    this.#end = end;
    if (this.#reason) end(this.#reason);
  }

  /** The rest of an answer that is to be there whole in time. */
  whole(body: Readable): Readable {
    this.onEnd((reason) => body.destroy(reason));
    return body.once("close", () => this.clear());
  }

  /** The parts of an answer as they come; the time that whoever reads them takes does not count. */
  parts(body: Readable): Readable {
    this.onEnd((reason) => body.destroy(reason));
    return Readable.from(this.#parts(body), { objectMode: false });
  }

  async *#parts(body: Readable): AsyncGenerator<Buffer> {
    try {
      this.#timer.refresh();
      for await (const part of body as AsyncIterable<Buffer>) {
        this.#waiting = false;
        yield part;
        this.#waiting = true;
        this.#timer.refresh();
      }
    } finally {
      this.clear();
    }
  }

  clear(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort) this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  #fire(reason: FlyteWebhookError): void {
    this.#reason = reason;
    this.clear();
    this.#end(reason);
  }
}
