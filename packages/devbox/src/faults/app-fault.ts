import type { StartFault } from "../apps/platform.ts";
import type { Fault, Times } from "./fault.ts";
import type { NamedFaults } from "./named-faults.ts";

export interface CrashOptions extends Times {
  /** Default 1. */
  readonly exitCode?: number;
  /** What it leaves in its log. */
  readonly log?: string;
}

/**
 * What can befall an app, by its name in whatever project. Each fault takes the place of a start, of which there is
 * another one after the pause of a crash loop, or at once when the fault is lifted.
 */
export class AppFault {
  readonly #faults: NamedFaults<StartFault>;
  readonly #name: string;

  constructor(faults: NamedFaults<StartFault>, name: string) {
    this.#faults = faults;
    this.#name = name;
  }

  /** Its image cannot be pulled: FAILED, IMAGE_PULL_ERROR. A process that runs already goes on, as in a cluster. */
  imagePullError(times: Times = {}): Fault {
    const message = (image: string) =>
      `Unable to fetch image "${image}": failed to resolve image to digest: 404 Not Found (a fault of this test)`;
    return this.#faults.arm(this.#name, { failure: { substate: "imagePullError", message } }, times, false);
  }

  /** Its process ends as soon as it starts, the one that runs too: FAILED, CRASH_LOOP. */
  crashLoop({ exitCode = 1, log, ...times }: CrashOptions = {}): Fault {
    const message = () =>
      `The app's process exited with code ${exitCode} before it listened on its port. ${
        log === undefined ? "It wrote no log." : `Last lines of its log:\n${log}`
      }`;
    const failure = { substate: "crashLoop", message, ...(log !== undefined && { log }) } as const;
    return this.#faults.arm(this.#name, { failure }, times, true);
  }

  /** It is killed for the memory it takes, now and at each start: FAILED, OOM_KILLED. */
  oom(times: Times = {}): Fault {
    const message = () => "The app's process was killed for exceeding its memory limit (OOMKilled, exit code 137).";
    return this.#faults.arm(this.#name, { failure: { substate: "oomKilled", message } }, times, true);
  }

  /** Its process starts only after so many milliseconds, as where an image is pulled first. */
  startsAfter(ms: number, times: Times = {}): Fault {
    return this.#faults.arm(this.#name, { delayMs: ms }, times, false);
  }
}
