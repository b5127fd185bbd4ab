import { FlyteWebhookError } from "@flyte-webhook/core";

export interface Times {
  /** How many calls, starts or attempts it befalls; then it is over. Default: all, until it is lifted. */
  readonly times?: number;
}

/** A fault that was armed. `using fault = …` lifts it at the end of the block. */
export interface Fault extends Disposable {
  /** How many calls, starts or attempts it has befallen. */
  readonly hits: number;
  /** Ends it, if it is not over. */
  lift(): void;
}

/** How often a fault is still to befall something. Throws `invalid_argument` for less than once. */
export class Countdown {
  hits = 0;
  #left: number;

  constructor({ times = Number.POSITIVE_INFINITY }: Times) {
    if (!(times >= 1)) throw new FlyteWebhookError("invalid_argument", `times: ${times} should be 1 or more`);
    this.#left = times;
  }

  get isOver(): boolean {
    return this.#left <= 0;
  }

  hit(): void {
    this.hits++;
    this.#left--;
  }
}

/** The handle of a fault that counts with `countdown` and is taken away by `lift`. */
export function faultHandle(countdown: Countdown, lift: () => void): Fault {
  return {
    get hits() {
      return countdown.hits;
    },
    lift,
    [Symbol.dispose]: lift,
  };
}
