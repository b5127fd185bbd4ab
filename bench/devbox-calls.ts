import { once } from "node:events";
import { Agent } from "node:http";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ActionsService } from "@flyte-webhook/idl/flyteidl2/actions/actions_service";
import { Filter_Function } from "@flyte-webhook/idl/flyteidl2/common/list";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import type { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";

type Task = MessageInitShape<typeof TaskSpecSchema>;

const SCOPE = { project: "flytesnacks", domain: "development" };
const SCOPE_BY = { case: "projectId", value: { name: SCOPE.project, domain: SCOPE.domain } } as const;

/** A task of the type that needs no process. */
function sleepTask(seconds: bigint): Task {
  const duration = { case: "duration", value: { seconds } } as const;
  const primitive = { case: "primitive", value: { value: duration } } as const;
  const literal = { value: { case: "scalar", value: { value: primitive } } } as const;
  return {
    taskTemplate: { id: { resourceType: 1, ...SCOPE, name: "bench.sleep", version: "1" }, type: "core-sleep" },
    defaultInputs: [{ name: "duration", parameter: { behavior: { case: "default", value: literal } } }],
    shortName: "sleep",
  };
}

const HOUR = 3600n;

/** What a bench asks of a devbox, over the wire. */
export class DevboxCalls {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 128 });
  readonly #runs;
  readonly #actions;
  #noSleep = "";

  constructor(origin: string) {
    const nodeOptions = { agent: this.#agent };
    const transport = createConnectTransport({ baseUrl: origin, httpVersion: "1.1", nodeOptions });
    this.#runs = createClient(RunService, transport);
    this.#actions = createClient(ActionsService, transport);
  }

  async details(name: string): Promise<void> {
    const { details } = await this.#runs.getRunDetails({ runId: { ...SCOPE, name } });
    if (details?.action?.id?.run?.name !== name) throw new Error(`GetRunDetails did not answer ${name}`);
  }

  /** A page of ten, which must be full. */
  async list({ field, value = "", token = "" }: { field?: string; value?: string; token?: string }): Promise<void> {
    const filters = field === undefined ? [] : [{ function: Filter_Function.EQUAL, field, values: [value] }];
    const { runs } = await this.#runs.listRuns({ scopeBy: SCOPE_BY, request: { limit: 10, token, filters } });
    if (runs.length !== 10) throw new Error(`ListRuns by ${field} answered ${runs.length} runs`);
  }

  /** A run that begins and ends by itself, at once. */
  async create(): Promise<void> {
    await this.#createSleep(0n);
  }

  async createEnded(): Promise<void> {
    const name = await this.#createSleep(0n);
    for await (const _ of this.#runs.watchRunDetails({ runId: { ...SCOPE, name } }));
    const { inputsUri } = await this.#runs.getActionDataURIs({ actionId: { run: { ...SCOPE, name }, name: "a0" } });
    this.#noSleep = inputsUri;
  }

  /** A run that goes on for longer than a bench. */
  async openParent(): Promise<string> {
    return this.#createSleep(HOUR);
  }

  async callChildren(run: string, children: number): Promise<void> {
    for (let index = 0; index < children; index++) {
      await this.#actions.enqueue({
        action: {
          actionId: { run: { ...SCOPE, name: run }, name: `child${index}` },
          parentActionName: "a0",
          inputUri: this.#noSleep,
          spec: { case: "task", value: { spec: sleepTask(0n) } },
        },
      });
    }
  }

  /** Resolves when each watcher has had its first message. */
  async watch(run: string, watchers: number): Promise<{ sawEnded(actions: number): Promise<void>; close(): void }> {
    const closing = new AbortController();
    const ended = Array.from({ length: watchers }, () => new Set<string>());
    const changed = new EventTarget();
    const first = ended.map(
      (names) =>
        new Promise<void>((resolve, reject) => {
          const follow = async () => {
            const request = { runId: { ...SCOPE, name: run } };
            for await (const { enrichedActions } of this.#runs.watchActions(request, { signal: closing.signal })) {
              for (const { action } of enrichedActions) {
                if (action?.status?.phase === ActionPhase.SUCCEEDED) names.add(action.id?.name ?? "");
              }
              resolve();
              changed.dispatchEvent(new Event("change"));
            }
          };
          follow().catch((error) => (ConnectError.from(error).code === Code.Canceled ? undefined : reject(error)));
        }),
    );
    await Promise.all(first);
    return {
      sawEnded: async (actions) => {
        while (ended.some((names) => names.size < actions)) await once(changed, "change");
      },
      close: () => closing.abort(),
    };
  }

  async abort(run: string): Promise<void> {
    await this.#runs.abortRun({ runId: { ...SCOPE, name: run } });
  }

  async #createSleep(seconds: bigint): Promise<string> {
    const { run } = await this.#runs.createRun({
      id: SCOPE_BY,
      task: { case: "taskSpec", value: sleepTask(seconds) },
    });
    return run?.action?.id?.run?.name ?? "";
  }
}
