import { EventEmitter } from "node:events";
import { Countdown, type Fault, faultHandle, type Times } from "./fault.ts";

interface Armed<T> {
  readonly name: string;
  readonly what: T;
  readonly countdown: Countdown;
}

/** Faults of what has a name: apps, tasks. The one armed first befalls its name first. */
export class NamedFaults<T> extends EventEmitter<{ changed: [name: string, kill: boolean] }> {
  #armed: Armed<T>[] = [];

  /** `kill`: what already runs under the name is not to go on. */
  arm(name: string, what: T, times: Times, kill: boolean): Fault {
    const armed = { name, what, countdown: new Countdown(times) };
    this.#armed.push(armed);
    this.emit("changed", name, kill);
    return faultHandle(armed.countdown, () => {
      if (!this.#armed.includes(armed)) return;
      this.#armed = this.#armed.filter((one) => one !== armed);
      this.emit("changed", name, false);
    });
  }

  /** What befalls the name now; counted as a hit. */
  take(name: string): T | undefined {
    const armed = this.#armed.find((one) => one.name === name && !one.countdown.isOver);
    armed?.countdown.hit();
    return armed?.what;
  }

  clear(): void {
    const names = new Set(this.#armed.map(({ name }) => name));
    this.#armed = [];
    for (const name of names) this.emit("changed", name, false);
  }
}
