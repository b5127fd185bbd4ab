import type { MessageInitShape } from "@bufbuild/protobuf";
import { fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import { InputsSchema, OutputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import type { RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import type { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import type { Devbox } from "../devbox.ts";

type Primitives = Record<string, JsonObject>;
type Phase = keyof typeof ActionPhase;

export interface RunEnd {
  phase: Phase;
  attempts: number;
  error?: string;
  reason?: string;
}

/** What tests ask of a devbox, over the wire: values of inputs and outputs are protobuf's JSON of a primitive. */
export interface DevboxClient {
  readonly scope: { project: string; domain: string };
  readonly tasks: Client<typeof TaskService>;
  readonly runs: Client<typeof RunService>;
  readonly data: Client<typeof DataProxyService>;
  /** Runs the newest version of a task. */
  run(task: string, inputs: Primitives): Promise<string>;
  runSpec(
    spec: MessageInitShape<typeof TaskSpecSchema>,
    options?: { runSpec?: MessageInitShape<typeof RunSpecSchema>; name?: string },
  ): Promise<string>;
  phase(run: string, phase: Phase): Promise<void>;
  end(run: string): Promise<RunEnd>;
  outputs(run: string): Promise<Primitives>;
  logs(run: string, attempt?: number): Promise<string[]>;
}

const ROOT = "a0";

export function devboxClient({ endpoint }: Pick<Devbox, "endpoint">): DevboxClient {
  const transport = createConnectTransport({ baseUrl: endpoint, httpVersion: "1.1" });
  const scope = { project: "flytesnacks", domain: "development" };
  const tasks = createClient(TaskService, transport);
  const runs = createClient(RunService, transport);
  const data = createClient(DataProxyService, transport);
  const actionId = (name: string) => ({ run: { ...scope, name }, name: ROOT });
  const id = { case: "projectId", value: { name: scope.project, domain: scope.domain } } as const;

  async function until<T>(run: string, read: (details: Awaited<ReturnType<typeof detailsOf>>) => T | undefined) {
    for await (const { details } of runs.watchActionDetails({ actionId: actionId(run) })) {
      const found = details && read(details);
      if (found !== undefined) return found;
    }
    throw new Error(`the watch of ${run} ended first`);
  }

  async function detailsOf(run: string) {
    const { details } = await runs.getActionDetails({ actionId: actionId(run) });
    if (!details) throw new Error("no details");
    return details;
  }

  return {
    scope,
    tasks,
    runs,
    data,
    run: async (task, inputs) => {
      const { versions } = await tasks.listVersions({ taskName: { ...scope, name: task }, request: { limit: 1 } });
      const literals = Object.entries(inputs).map(([name, primitive]) => ({ name, value: { scalar: { primitive } } }));
      const { run } = await runs.createRun({
        id,
        task: { case: "taskId", value: { ...scope, name: task, version: versions[0]?.version ?? "" } },
        inputWrapper: { case: "inputs", value: fromJson(InputsSchema, { literals }) },
      });
      return run?.action?.id?.run?.name ?? "";
    },
    runSpec: async (spec, { runSpec, name } = {}) => {
      const { run } = await runs.createRun({
        id: name === undefined ? id : { case: "runId", value: { ...scope, name } },
        task: { case: "taskSpec", value: spec },
        ...(runSpec && { runSpec }),
      });
      return run?.action?.id?.run?.name ?? "";
    },
    phase: (run, phase) =>
      until(run, ({ status }) => (status?.phase === ActionPhase[phase] ? true : undefined)).then(() => {}),
    end: async (run) => {
      for await (const _ of runs.watchActionDetails({ actionId: actionId(run) }));
      const { status, result } = await detailsOf(run);
      return {
        phase: ActionPhase[status?.phase ?? 0] as Phase,
        attempts: status?.attempts ?? 0,
        ...(result.case === "errorInfo" && { error: result.value.message }),
        ...(result.case === "abortInfo" && { reason: result.value.reason }),
      };
    },
    outputs: async (run) => {
      const { outputs } = await data.getActionData({ actionId: actionId(run) });
      if (!outputs) throw new Error("no outputs");
      const { literals = [] } = toJson(OutputsSchema, outputs) as { literals?: { name: string; value: never }[] };
      return Object.fromEntries(
        literals.map(({ name, value }) => [name, (value as { scalar: { primitive: JsonObject } }).scalar.primitive]),
      );
    },
    logs: async (run, attempt = 1) => {
      const lines: string[] = [];
      for await (const { logs } of data.tailLogs({ actionId: actionId(run), attempt })) {
        lines.push(...logs.flatMap((batch) => batch.lines.map(({ message }) => message)));
      }
      return lines;
    },
  };
}
