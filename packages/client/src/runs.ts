import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { RunIdentifier } from "@flyte-webhook/idl/flyteidl2/common/identifier";
import { Sort_Direction } from "@flyte-webhook/idl/flyteidl2/common/list";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import type { NamedLiteral } from "@flyte-webhook/idl/flyteidl2/task/common";
import { CacheLookupScope, RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import type { TaskIdentifier, TaskSpec } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import type { Run, RunDetails } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { RunSource } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import type { CallOptions } from "./caller.ts";
import type { Connection } from "./connection.ts";
import { Operation, selectCluster } from "./data-plane.ts";
import { isTerminal, phaseName } from "./phase.ts";
import { projectId } from "./project-id.ts";
import { wantedFields } from "./transport/wanted-fields.ts";

export type { Run, RunDetails };

/** The action of a run that stands for the run itself. */
export const ROOT_ACTION = "a0";

export interface CreateRun {
  /** The task's full identifier, version included, or a task that is not deployed. */
  readonly task: TaskIdentifier | TaskSpec;
  /** Inputs in the order of the task's interface, defaults filled in. */
  readonly literals: NamedLiteral[];
  /** The cluster that takes the inputs, when it was asked for beforehand. */
  readonly cluster?: Promise<Connection>;
  /** Name of the run; a plane that has a run of this name creates no other. Default: the plane makes one up. */
  readonly name?: string | undefined;
  /** Labels, cache and whatever else a run is created with. Default: only that outputs cached by any project may serve. */
  readonly runSpec?: MessageInitShape<typeof RunSpecSchema>;
}

export interface RunData {
  readonly inputs: NamedLiteral[];
  readonly outputs: NamedLiteral[];
}

/** Runs of the connection's own project and domain. */
export class Runs {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Where inputs of new runs go; ask before it is needed, beside another call. */
  inputsCluster(options?: CallOptions): Promise<Connection> {
    return selectCluster(this.#connection, Operation.UPLOAD_INPUTS, this.#connection.scope, options);
  }

  /** Where inputs and outputs of runs are read. */
  dataCluster(options?: CallOptions): Promise<Connection> {
    return selectCluster(this.#connection, Operation.GET_ACTION_DATA, this.#connection.scope, options);
  }

  /** Uploads the inputs and creates the run. Neither is repeated when it fails: a second run would be worse. */
  async create({ task, literals, cluster, name, runSpec }: CreateRun, options?: CallOptions): Promise<Run> {
    const id = { case: "projectId", value: projectId(this.#connection.scope) } as const;
    const what =
      task.$typeName === "flyteidl2.task.TaskSpec"
        ? ({ case: "taskSpec", value: task } as const)
        : ({ case: "taskId", value: task } as const);
    const proxy = await (cluster ?? this.inputsCluster(options));
    const { offloadedInputData } = await proxy.unary(
      DataProxyService.method.uploadInputs,
      // Made by the schema: in one process with a devbox it has a field that this literal could not know of.
      {
        id,
        task: what,
        inputs: { $typeName: "flyteidl2.task.Inputs", literals, context: [] },
      },
      options,
    );
    if (!offloadedInputData)
      throw new FlyteWebhookError("internal", "the control plane did not say where the inputs are");
    try {
      const { run } = await this.#connection.unary(
        RunService.method.createRun,
        {
          $typeName: "flyteidl2.workflow.CreateRunRequest",
          id: name === undefined ? id : { case: "runId", value: this.#id(name) },
          task: what,
          inputWrapper: { case: "offloadedInputData", value: offloadedInputData },
          runSpec: runSpec === undefined ? globallyCached() : create(RunSpecSchema, runSpec),
          source: RunSource.UNSPECIFIED,
        },
        options,
      );
      if (run) return run;
    } catch (error) {
      throw namesMissingTask(error)
        ? new FlyteWebhookError("not_found", `Task ${nameOf(task)} not found`, { cause: error })
        : error;
    }
    throw new FlyteWebhookError("internal", "the control plane created a run without saying which");
  }

  /** The newest runs, at most `limit` of them. */
  async list(limit: number, options?: CallOptions): Promise<Run[]> {
    const { org, project, domain } = this.#connection.scope;
    const { runs } = await this.#connection.unary(
      RunService.method.listRuns,
      {
        request: { limit, sortBy: { key: "created_at", direction: Sort_Direction.DESCENDING } },
        scopeBy: { case: "projectId", value: { organization: org, domain, name: project } },
      },
      options,
    );
    return runs;
  }

  /** Throws `not_found`. */
  async get(name: string, options?: CallOptions): Promise<RunDetails> {
    const { details } = await this.#connection.unary(
      RunService.method.getRunDetails,
      // A whole message, because to make one of its fields costs as much as to encode it.
      { $typeName: "flyteidl2.workflow.GetRunDetailsRequest", runId: this.#id(name) },
      options,
    );
    if (!details) throw new FlyteWebhookError("not_found", `Run ${name} not found`);
    return details;
  }

  /** A run without its task's template and its attempts, which cost most of reading one. Throws `not_found`. */
  summary(name: string, options?: CallOptions): Promise<RunDetails> {
    return this.get(name, { ...options, fields: SUMMARY });
  }

  /** Literals of a run; outputs are empty until it has succeeded. */
  async io(name: string, cluster?: Promise<Connection>, options?: CallOptions): Promise<RunData> {
    const proxy = await (cluster ?? this.dataCluster(options));
    const { inputs, outputs } = await proxy.unary(
      DataProxyService.method.getActionData,
      { actionId: { run: this.#id(name), name: ROOT_ACTION } },
      options,
    );
    return { inputs: inputs?.literals ?? [], outputs: outputs?.literals ?? [] };
  }

  /**
   * Lines of what an attempt of a run (from 1; default: the last) writes: those so far, then new ones until it ends. Throws
   * `not_found` for a run that is not there, or has no log because no process was started for it.
   */
  async *logs(name: string, attempt?: number, options?: CallOptions): AsyncGenerator<string> {
    const last = attempt ?? ((await this.summary(name, options)).action?.status?.attempts || 1);
    const cluster = await selectCluster(this.#connection, Operation.TAIL_LOGS, this.#connection.scope, options);
    const stream = cluster.stream(
      DataProxyService.method.tailLogs,
      { actionId: { run: this.#id(name), name: ROOT_ACTION }, attempt: last },
      options,
    );
    for await (const { logs } of stream) for (const { lines } of logs) for (const { message } of lines) yield message;
  }

  /** Asks for the end of a run. Throws `not_found`. */
  async abort(name: string, reason: string, options?: CallOptions): Promise<void> {
    await this.#connection.unary(RunService.method.abortRun, { runId: this.#id(name), reason }, options);
  }

  /**
   * Every state of a run until it ends. The plane's stream may end before the phase does (the real one closes it with
   * the last attempt), so the last state always comes from a read.
   */
  async *watch(name: string, options?: CallOptions): AsyncGenerator<RunDetails> {
    for (;;) {
      const details = await this.get(name, options);
      yield details;
      if (isTerminal(phaseOf(details))) return;
      const changes = this.#connection.stream(
        RunService.method.watchActionDetails,
        { actionId: { run: this.#id(name), name: ROOT_ACTION } },
        { ...options, timeoutMs: options?.timeoutMs },
      );
      const before = details.action?.status?.phase;
      for await (const { details: action } of changes) if (action?.status && action.status.phase !== before) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #id(name: string): RunIdentifier {
    const { org, project, domain } = this.#connection.scope;
    return { $typeName: "flyteidl2.common.RunIdentifier", org, project, domain, name };
  }
}

// Made when it is needed: the devbox, which may run in the same process, adds fields to it when it is loaded.
const globallyCached = () => create(RunSpecSchema, { cacheConfig: { cacheLookupScope: CacheLookupScope.GLOBAL } });

const SUMMARY = wantedFields(RunService.method.getRunDetails.output, {
  details: {
    action: {
      id: { run: { project: true, domain: true, name: true } },
      metadata: { task: { id: true } },
      status: { phase: true, startTime: true, endTime: true, attempts: true, durationMs: true },
      errorInfo: true,
      abortInfo: true,
    },
  },
});

export function phaseOf(details: RunDetails) {
  return phaseName(details.action?.status?.phase ?? 0);
}

function nameOf(task: TaskIdentifier | TaskSpec): string {
  return (task.$typeName === "flyteidl2.task.TaskSpec" ? task.taskTemplate?.id?.name : task.name) ?? "";
}

/** The open-source plane answers `unknown` for a task that does not exist; only its text tells. */
function namesMissingTask(error: unknown): boolean {
  return error instanceof FlyteWebhookError && error.code === "unknown" && /task.*not found/i.test(error.message);
}
