import type { ServerResponse } from "node:http";
import { FlyteWebhookError } from "@flyte-webhook/core";

/** Counts the requests in work and lets no more in than a webhook takes at once. */
export class Admission {
  readonly #limit: number;
  #inWork = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Lets a request in until its place is left. Throws `overloaded`. */
  enter(): Place {
    if (this.#inWork >= this.#limit) {
      throw new FlyteWebhookError("overloaded", `The webhook takes ${this.#limit} requests at once; try again soon`);
    }
    this.#inWork++;
    return new Place(this);
  }

  /** Frees a place; only of a {@link Place} that is left. */
  free(): void {
    this.#inWork--;
  }
}

export class Place {
  readonly #admission: Admission;
  #held = false;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  /** An answer that is passed on as it comes is in work until its connection has it, or is gone. */
  holdUntilClosed(outgoing: ServerResponse | undefined): void {
    if (outgoing === undefined || outgoing.destroyed) return;
    this.#held = true;
    outgoing.once("close", () => this.#admission.free());
  }

  /** The work is done, unless the place is held. */
  leave(): void {
    if (!this.#held) this.#admission.free();
  }
}
