import type { Scaling } from "./scaling.ts";

/** For how long a request counts where requests per second are the metric. */
const RATE_MS = 1000;

interface Peak {
  readonly replicas: number;
  /** When less began to be enough. */
  readonly until: number;
}

/**
 * How many processes the requests of an app need. More is needed at once; less only when the most that was needed
 * within the window is less, so that a pause between two requests starts and stops nothing. Knative takes averages over
 * the window instead, of samples of many pods; of one machine everything is known.
 */
export class Demand {
  scaling: Scaling;
  readonly #now: () => number;
  /** Requests that have come and not gone. */
  #open = 0;
  /** When requests came within the last second, where that is the metric. */
  #arrivals: number[] = [];
  /** What was needed before, each less than the one before it. */
  #peaks: Peak[] = [];
  #need = 0;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(scaling: Scaling, now: () => number = () => performance.now()) {
    this.scaling = scaling;
    this.#now = now;
  }

  /** Counts a request in; the function that is returned counts it out, once. */
  enter(): () => void {
    this.#open++;
    if (this.scaling.metric === "requestRate") this.#arrivals.push(this.#now());
    this.#look();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#open--;
      this.#look();
    };
  }

  /** Begins a window in which one process at least is kept, as a revision has it that just became ready. */
  keepOne(): void {
    this.#look();
    this.#remember(1);
  }

  /** Processes to have now, within the bounds. */
  get wanted(): number {
    this.#look();
    const { min, max } = this.scaling;
    return Math.min(Math.max(this.#peaks[0]?.replicas ?? 0, this.#need, min), max);
  }

  /** Milliseconds until {@link wanted} may be less with nothing else happening; undefined: never. */
  get changesInMs(): number | undefined {
    this.#look();
    const peak = this.#peaks[0];
    const [arrival] = this.#arrivals;
    if (peak === undefined && arrival === undefined) return undefined;
    const at = Math.min(
      peak === undefined ? Number.POSITIVE_INFINITY : peak.until + this.scaling.windowMs,
      arrival === undefined ? Number.POSITIVE_INFINITY : arrival + RATE_MS,
    );
    return Math.max(at - this.#now(), 0);
  }

  #look(): void {
    const now = this.#now();
    const { metric, target, windowMs } = this.scaling;
    const fresh = this.#arrivals.findIndex((at) => at > now - RATE_MS);
    this.#arrivals.splice(0, fresh < 0 ? this.#arrivals.length : fresh);
    const load = metric === "requestRate" ? this.#arrivals.length : this.#open;
    const need = Math.max(Math.ceil(load / target), this.#open > 0 ? 1 : 0);
    if (need < this.#need) this.#remember(this.#need);
    this.#need = need;
    while (this.#peaks[0] && this.#peaks[0].until <= now - windowMs) this.#peaks.shift();
  }

  #remember(replicas: number): void {
    while ((this.#peaks.at(-1)?.replicas ?? Number.POSITIVE_INFINITY) <= replicas) this.#peaks.pop();
    this.#peaks.push({ replicas, until: this.#now() });
  }
}
