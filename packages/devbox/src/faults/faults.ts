import { Code, ConnectError } from "@connectrpc/connect";
import type { StartFault } from "../apps/platform.ts";
import type { Outcome } from "../tasks/outcome.ts";
import { AppFault } from "./app-fault.ts";
import type { Fault, Times } from "./fault.ts";
import type { NamedFaults } from "./named-faults.ts";
import { RpcFault, type RpcFaults } from "./rpc-fault.ts";
import type { RpcPattern } from "./rpc-names.ts";
import { TaskFault } from "./task-fault.ts";

/** What the parts of a devbox ask whether something is to befall them. */
export interface FaultSource {
  readonly apps: NamedFaults<StartFault>;
  readonly tasks: NamedFaults<Outcome>;
}

/** Faults for a test to arm; see {@link AppFault}, {@link TaskFault} and {@link RpcFault} for what there is. */
export class Faults {
  readonly #source: FaultSource;
  readonly #rpcs: RpcFaults;

  constructor(source: FaultSource, rpcs: RpcFaults) {
    this.#source = source;
    this.#rpcs = rpcs;
  }

  app(name: string): AppFault {
    return new AppFault(this.#source.apps, name);
  }

  /** A task by its whole name, such as `example.my_task`. */
  task(name: string): TaskFault {
    return new TaskFault(this.#source.tasks, name);
  }

  /** Calls of one RPC (`RunService/CreateRun`), of a service (`RunService/*`), or all (`*`). */
  rpc(pattern: RpcPattern): RpcFault {
    return new RpcFault(this.#rpcs, pattern);
  }

  /** Calls that bring a credential are answered `unauthenticated`, as once it has expired; those without are not. */
  expiredToken(times: Times = {}): Fault {
    return this.#rpcs.arm(
      ({ header }) => header.has("authorization"),
      () => async () => {
        throw new ConnectError("the token has expired", Code.Unauthenticated);
      },
      times,
    );
  }

  /** Lifts all that are armed. */
  clear(): void {
    this.#source.apps.clear();
    this.#source.tasks.clear();
    this.#rpcs.clear();
  }
}
