import { ErrorInfo_Kind } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { failure, type Outcome } from "../tasks/outcome.ts";
import type { Fault, Times } from "./fault.ts";
import type { NamedFaults } from "./named-faults.ts";

export interface TaskFailureOptions extends Times {
  /** Whether another attempt may be made, when the task has retries left. Default true. */
  readonly recoverable?: boolean;
}

/** What can befall the attempts of a task, by its name in whatever project. They end so before their process starts. */
export class TaskFault {
  readonly #faults: NamedFaults<Outcome>;
  readonly #name: string;

  constructor(faults: NamedFaults<Outcome>, name: string) {
    this.#faults = faults;
    this.#name = name;
  }

  /** The attempt is killed for the memory it takes: the error's code is `OOMKilled`. Tried again while it has retries. */
  oom(times: Times = {}): Fault {
    const message = "OOMKilled: the task's container was killed for exceeding its memory limit (exit code 137)";
    return this.#arm(failure(message, { kind: ErrorInfo_Kind.USER, recoverable: true, code: "OOMKilled" }), times);
  }

  /** The attempt fails with a message. */
  fails(message: string, { recoverable = true, ...times }: TaskFailureOptions = {}): Fault {
    return this.#arm(failure(message, { recoverable }), times);
  }

  #arm(outcome: Outcome, times: Times): Fault {
    return this.#faults.arm(this.#name, outcome, times, false);
  }
}
