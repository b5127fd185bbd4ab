import type { Scope } from "../src/console/live-state.ts";
import { type JsonObject, schemaValue } from "./form-fields.ts";
import { call, RpcError } from "./rpc.ts";

/** Messages in JSON, of which the page reads these parts alone. */
export interface TaskId extends Scope {
  readonly name: string;
  readonly version: string;
}

interface Variables {
  readonly variables?: readonly { readonly key: string; readonly value?: object }[];
}

export interface TaskSpec {
  readonly taskTemplate?: {
    readonly id?: TaskId;
    readonly type?: string;
    readonly interface?: { readonly inputs?: Variables; readonly outputs?: Variables };
    readonly container?: { readonly image?: string; readonly command?: string[]; readonly args?: string[] };
  };
  readonly environment?: { readonly name?: string; readonly description?: string };
  readonly documentation?: { readonly shortDescription?: string; readonly longDescription?: string };
}

interface Literals {
  readonly literals?: readonly { readonly name: string; readonly value?: object }[];
}

const RUN = "flyteidl2.workflow.RunService";
const TASK = "flyteidl2.task.TaskService";
const TRANSLATOR = "flyteidl2.workflow.TranslatorService";
const DATA = "flyteidl2.dataproxy.DataProxyService";

export async function taskSpec(taskId: TaskId): Promise<TaskSpec> {
  const { details } = await call<{ details?: { spec?: TaskSpec } }>(`${TASK}/GetTaskDetails`, { taskId });
  return details?.spec ?? {};
}

export async function taskVersions(taskName: Scope & { name: string }): Promise<string[]> {
  const { versions = [] } = await call<{ versions?: { version: string }[] }>(`${TASK}/ListVersions`, {
    taskName,
    request: { limit: 100 },
  });
  return versions.map(({ version }) => version);
}

/** The task's inputs as a JSON Schema, with its defaults. */
export async function inputSchema(taskSpec: TaskSpec): Promise<JsonObject> {
  const { json } = await call<{ json?: JsonObject }>(`${TRANSLATOR}/TaskSpecToLaunchFormJson`, { taskSpec });
  return json ?? {};
}

export interface ActionKey extends Scope {
  readonly run: string;
  readonly action: string;
}

export interface ActionData {
  readonly spec: TaskSpec;
  readonly inputs: JsonObject;
  readonly outputs: JsonObject;
}

/** The inputs and outputs of an action as plain values. */
export async function actionData({ project, domain, run, action }: ActionKey): Promise<ActionData> {
  const message = { actionId: { run: { project, domain, name: run }, name: action } };
  const [{ details }, { inputs, outputs }] = await Promise.all([
    call<{ details?: { task?: TaskSpec; trace?: { interface?: TaskInterface } } }>(`${RUN}/GetActionDetails`, message),
    call<{ inputs?: Literals; outputs?: Literals }>(`${DATA}/GetActionData`, message),
  ]);
  const signature = details?.task?.taskTemplate?.interface ?? details?.trace?.interface;
  const [shownInputs, shownOutputs] = await Promise.all([
    plainValues(inputs, signature?.inputs),
    plainValues(outputs, signature?.outputs),
  ]);
  return { spec: details?.task ?? {}, inputs: shownInputs, outputs: shownOutputs };
}

type TaskInterface = NonNullable<NonNullable<TaskSpec["taskTemplate"]>["interface"]>;

/** A value that has no form is shown as Flyte's own message. */
async function plainValues({ literals = [] }: Literals = {}, { variables = [] }: Variables = {}): Promise<JsonObject> {
  if (literals.length === 0) return {};
  const declared = new Set(variables.map(({ key }) => key));
  try {
    if (!literals.every(({ name }) => declared.has(name))) throw new RpcError("unimplemented", "not declared");
    const { json } = await call<{ json?: { properties?: Record<string, JsonObject> } }>(
      `${TRANSLATOR}/LiteralsToLaunchFormJson`,
      { literals, variables: { variables } },
    );
    const schemas = json?.properties ?? {};
    return Object.fromEntries(literals.map(({ name }) => [name, schemaValue(schemas[name] ?? {}) ?? null]));
  } catch (error) {
    if (error instanceof RpcError && error.code === "unavailable") throw error;
    return Object.fromEntries(literals.map(({ name, value }) => [name, (value ?? null) as JsonObject]));
  }
}

/**
 * Runs a task with values; resolves with the name of the run. A task that was deployed is run by its id, another one by
 * what it is. Throws {@link RpcError}, whose message names the value that does not fit.
 */
export async function runTask(scope: Scope, taskId: TaskId, spec: TaskSpec, values: JsonObject): Promise<string> {
  const declared = spec.taskTemplate?.interface?.inputs?.variables ?? [];
  // What is left out takes the task's own default.
  const variables = declared.filter(({ key }) => Object.hasOwn(values, key));
  const { literals = [] } =
    variables.length === 0
      ? {}
      : await call<Literals>(`${TRANSLATOR}/JsonValuesToLiterals`, { variables: { variables }, values });
  const request = {
    projectId: { name: scope.project, domain: scope.domain },
    inputs: { literals },
    source: "RUN_SOURCE_WEB",
  };
  try {
    return await createRun({ ...request, taskId });
  } catch (error) {
    if (!(error instanceof RpcError && error.code === "not_found")) throw error;
    return await createRun({ ...request, taskSpec: spec });
  }
}

async function createRun(request: object): Promise<string> {
  const { run } = await call<{ run?: { action?: { id?: { run?: { name?: string } } } } }>(`${RUN}/CreateRun`, request);
  return run?.action?.id?.run?.name ?? "";
}

export function abortRun({ project, domain }: Scope, name: string, reason: string): Promise<unknown> {
  return call(`${RUN}/AbortRun`, { runId: { project, domain, name }, reason });
}

/** Fires a trigger now; resolves with the name of the run. */
export function runTrigger({ project, domain }: Scope, taskName: string, name: string): Promise<string> {
  const triggerName = { project, domain, taskName, name };
  return createRun({ projectId: { name: project, domain }, triggerName, source: "RUN_SOURCE_WEB" });
}

export function switchTrigger(
  { project, domain }: Scope,
  taskName: string,
  name: string,
  active: boolean,
): Promise<unknown> {
  return call("flyteidl2.trigger.TriggerService/UpdateTriggers", {
    names: [{ project, domain, taskName, name }],
    active,
  });
}

export async function projects(): Promise<string[]> {
  const { projects } = await call<{ projects?: { projects?: { id: string }[] } }>(
    "flyteidl2.project.ProjectService/ListProjects",
    {},
  );
  return (projects?.projects ?? []).map(({ id }) => id).sort();
}
