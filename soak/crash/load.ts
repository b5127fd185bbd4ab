import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Spec_DesiredState as DesiredState } from "@flyte-webhook/idl/flyteidl2/app/app_definition";
import { AppService } from "@flyte-webhook/idl/flyteidl2/app/app_service";
import { Filter_Function } from "@flyte-webhook/idl/flyteidl2/common/list";
import { ActionPhase } from "@flyte-webhook/idl/flyteidl2/common/phase";
import { DataProxyService } from "@flyte-webhook/idl/flyteidl2/dataproxy/dataproxy_service";
import type { TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { TaskService } from "@flyte-webhook/idl/flyteidl2/task/task_service";
import { TriggerService } from "@flyte-webhook/idl/flyteidl2/trigger/trigger_service";
import { RunService } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";

const SCOPE = { project: "flytesnacks", domain: "development" };
const PROJECT = { case: "projectId", value: { name: SCOPE.project, domain: SCOPE.domain } } as const;

export function clientsOf(endpoint: string) {
  const transport = createConnectTransport({ baseUrl: endpoint, httpVersion: "1.1", defaultTimeoutMs: 30_000 });
  return {
    runs: createClient(RunService, transport),
    tasks: createClient(TaskService, transport),
    triggers: createClient(TriggerService, transport),
    apps: createClient(AppService, transport),
    data: createClient(DataProxyService, transport),
  };
}

export type Clients = ReturnType<typeof clientsOf>;

/** Whether what was acknowledged is still there, and as it was acknowledged; a text says what is wrong. */
export type Check = (clients: Clients) => Promise<string | undefined>;

/** Retries of the tasks with a process: so many attempts may there be, and one more. */
const RETRIES = 1;

function shellTask(name: string, mark: string): MessageInitShape<typeof TaskSpecSchema> {
  const script = `echo ran >> '${mark}'; sleep 0.1`;
  return {
    taskTemplate: {
      id: { resourceType: 1, ...SCOPE, name, version: "1" },
      type: "shell",
      metadata: { retries: { retries: RETRIES } },
      target: { case: "container", value: { image: "any", command: ["sh", "-c", script] } },
    },
    shortName: "shell",
  };
}

/** One kind of write; `name` is new each time. Resolves when it is acknowledged. */
type Write = (clients: Clients, name: string, dir: string) => Promise<Check>;

export const WRITES: Readonly<Record<string, Write>> = {
  async run({ runs }, name, dir) {
    const mark = join(dir, `mark-${name}`);
    const id = { case: "runId", value: { ...SCOPE, name } } as const;
    await runs.createRun({ id, task: { case: "taskSpec", value: shellTask("soak.run", mark) } });
    return async (after) => {
      const { details } = await after.runs.getRunDetails({ runId: { ...SCOPE, name } });
      const { phase = 0, attempts = 0 } = details?.action?.status ?? {};
      if (phase !== ActionPhase.SUCCEEDED) return `the run is ${ActionPhase[phase]}`;
      const ran = (await readFile(mark, "utf8")).split("\n").length - 1;
      return ran <= attempts && attempts <= RETRIES + 1 ? undefined : `${attempts} attempts, and it ran ${ran} times`;
    };
  },
  async task({ tasks }, name, dir) {
    const taskId = { ...SCOPE, name: `soak.${name}`, version: "1" };
    await tasks.deployTask({ taskId, spec: shellTask(taskId.name, join(dir, "none")) });
    return async (after) => {
      const { details } = await after.tasks.getTaskDetails({ taskId });
      return details?.taskId?.name === taskId.name ? undefined : "another task was answered";
    };
  },
  async trigger({ tasks, triggers }, name, dir) {
    const taskName = `soak.${name}`;
    const mark = join(dir, "none");
    await tasks.deployTask({ taskId: { ...SCOPE, name: taskName, version: "1" }, spec: shellTask(taskName, mark) });
    const id = { ...SCOPE, taskName, name };
    const cron = { case: "cron", value: { expression: "0 0 1 1 *" } } as const;
    await triggers.deployTrigger({
      name: id,
      spec: { active: false, taskVersion: "1" },
      automationSpec: { automation: { case: "schedule", value: { expression: cron, kickoffTimeInputArg: "" } } },
    });
    return async (after) => {
      const { trigger } = await after.triggers.getTriggerDetails({ name: id });
      return trigger?.id?.name?.name === name ? undefined : "another trigger was answered";
    };
  },
  async app({ apps }, name) {
    const id = { ...SCOPE, name };
    const command = ["sleep", "1000"];
    const spec = {
      desiredState: DesiredState.STOPPED,
      appPayload: { case: "container", value: { image: "any", command } },
    } as const;
    await apps.create({ app: { metadata: { id }, spec } });
    return async (after) => {
      const { app } = await after.apps.get({ identifier: { case: "appId", value: id } });
      return app?.metadata?.id?.name === name ? undefined : "another app was answered";
    };
  },
  async upload({ data }, name) {
    const body = `the content of ${name}`;
    const { signedUrl, nativeUrl } = await data.createUploadLocation({ ...SCOPE, filename: name, filenameRoot: name });
    const answer = await fetch(signedUrl, { method: "PUT", body, signal: AbortSignal.timeout(30_000) });
    if (!answer.ok) throw new Error(`the upload was answered with ${answer.status}`);
    return async () => {
      const stored = await readFile(nativeUrl.slice("file://".length), "utf8");
      return stored === body ? undefined : "other bytes are stored";
    };
  },
};

/** Runs that have not ended: none may be left at the end. */
export async function openRuns({ runs }: Clients): Promise<number> {
  const filters = ["QUEUED", "RUNNING", "INITIALIZING", "WAITING_FOR_RESOURCES"];
  const { runs: open } = await runs.listRuns({
    scopeBy: PROJECT,
    request: { limit: 200, filters: [{ function: Filter_Function.VALUE_IN, field: "phase", values: filters }] },
  });
  return open.length;
}
