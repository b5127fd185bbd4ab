import { setTimeout as sleep } from "node:timers/promises";

/** Work without a pause, and the pause. */
const STEP_MS = 4;
const PAUSE_MS = 8;

/** Parts long work into steps, so that calls are answered between them. Everything here throws when the signal aborts. */
export class Steps {
  readonly signal: AbortSignal;
  #restedAt = 0;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  /** Rests when there was work for long enough. */
  async pause(): Promise<void> {
    if (performance.now() - this.#restedAt >= STEP_MS) await this.rest();
  }

  async rest(): Promise<void> {
    await this.sleep(PAUSE_MS);
    this.#restedAt = performance.now();
  }

  /** Keeps no process alive. */
  async sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { ref: false, signal: this.signal });
  }
}
