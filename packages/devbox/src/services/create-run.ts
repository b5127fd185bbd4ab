import { createHash, randomInt } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clone, create, toBinary } from "@bufbuild/protobuf";
import { type Inputs, InputsSchema } from "@flyte-webhook/idl/flyteidl2/task/common";
import { type RunSpec, RunSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/run";
import { type TaskSpec, TaskSpecSchema } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { ActionMetadataSchema, ActionType } from "@flyte-webhook/idl/flyteidl2/workflow/run_definition";
import { type CreateRunRequest, CreateRunRequestSchema } from "@flyte-webhook/idl/flyteidl2/workflow/run_service";
import type { DevboxContext } from "../context.ts";
import { type NewerCreateRun, type NewerRunSpec, newer } from "../newer-fields.ts";
import { rpcError } from "../rpc-error.ts";
import type { Caller } from "../server/caller.ts";
import { type ActionSummary, type Actions, ROOT_ACTION } from "../store/actions.ts";
import { transaction } from "../store/database.ts";
import type { Projects } from "../store/projects.ts";
import type { RunLabels } from "../store/run-labels.ts";
import type { Tasks } from "../store/tasks.ts";
import { nowMicros, timestampOf } from "../store/time.ts";
import type { TriggerRow } from "../store/trigger-rows.ts";
import type { TriggerStore } from "../store/triggers.ts";
import { inputsHash } from "../tasks/inputs-hash.ts";
import { fileUri, inputsDirectory, type RunKey } from "../tasks/run-files.ts";
import { expiryOf } from "../tasks/time-limits.ts";
import { asTriggered, taskOfTrigger } from "../triggers/as-triggered.ts";
import { checkInputs } from "./check-inputs.ts";
import { checkLabels } from "./check-labels.ts";
import { withLocalPaths } from "./local-paths.ts";
import { checkDomain, checkKnownProject, checkRunName } from "./names.ts";
import { taskNotFound, triggerNotFound } from "./not-found.ts";
import { userOf } from "./run-messages.ts";
import { inputsFile, uploadedInputs } from "./uploaded-inputs.ts";

export interface CreateRunStores {
  readonly actions: Actions;
  readonly labels: RunLabels;
  readonly projects: Projects;
  readonly tasks: Tasks;
  readonly triggers: TriggerStore;
}

/**
 * Writes a new run into the queue. The same request again, by its name, answers with the run it made; another request
 * under a taken name is `already_exists` (a real plane answers with the existing run and overwrites its inputs).
 * `alongside` is written in the transaction that creates the run; when it throws there is no run.
 */
export function createRun(
  asked: CreateRunRequest,
  caller: Caller,
  stores: CreateRunStores,
  context: DevboxContext,
  alongside: () => void = () => {},
): { row: ActionSummary; created: boolean } {
  const key = runKeyOf(asked);
  checkKnownProject(stores.projects, key.project);
  checkDomain(key.domain);
  checkRunName(key.run);
  const trigger = triggerOf(asked, stores.triggers);
  const spec = specOf(asked, trigger, stores.tasks);
  const template = spec.taskTemplate;
  if (!template?.id) throw rpcError.invalidArgument("the task's template or its id is missing");
  const now = nowMicros();
  const request = trigger ? asTriggered(asked, trigger, spec, now, context.dir) : asked;
  checkLabels(request.runSpec?.labels?.values ?? {});
  const rootKey = { ...key, action: ROOT_ACTION };
  const digest = createHash("sha256").update(toBinary(CreateRunRequestSchema, asked)).digest();
  const existing = stores.actions.get(rootKey);
  if (existing) {
    if (digest.equals(existing.request_digest)) return { row: existing, created: false };
    throw rpcError.alreadyExists(`run already exists: ${key.project}/${key.domain}/${key.run}`);
  }

  const { uri, hash } = storeInputs(request, spec, key, context.dir);
  const metadata = create(ActionMetadataSchema, {
    spec: { case: "task", value: { id: taskIdOf(template.id), taskType: template.type, shortName: spec.shortName } },
    actionType: ActionType.TASK,
    environmentName: spec.environment?.name ?? "",
    // The field's name is misspelt in Flyte; a real plane fills it with the task's full name.
    funtionName: template.id.name,
    source: request.source,
    ...(trigger && {
      triggerId: { name: trigger.key, revision: BigInt(trigger.revision) },
      triggerName: trigger.key.name,
    }),
    ...(caller.identified && { executedBy: userOf(caller.subject, caller.profile) }),
  });
  transaction(context.db, () => {
    const id = stores.actions.create({
      ...rootKey,
      created_at: now,
      expires_at: expiryOf(template.metadata, { createdAt: now, queuedAt: now }),
      source: request.source,
      task_name: template.id?.name ?? "",
      task_version: template.id?.version ?? "",
      metadata: toBinary(ActionMetadataSchema, metadata),
      spec: toBinary(TaskSpecSchema, spec),
      run_spec: toBinary(RunSpecSchema, runSpecOf(request, now, context.dir)),
      input_uri: uri,
      inputs_hash: hash,
      request_digest: digest,
    });
    stores.labels.add(id, request.runSpec?.labels?.values ?? {});
    if (trigger) stores.triggers.fired(trigger, id, now);
    alongside();
  });
  return { row: stores.actions.summary(rootKey) as ActionSummary, created: true };
}

function runKeyOf({ id }: CreateRunRequest): RunKey {
  switch (id.case) {
    case "runId":
      return { project: id.value.project, domain: id.value.domain, run: id.value.name };
    case "projectId":
      return { project: id.value.name, domain: id.value.domain, run: generatedName() };
    default:
      throw rpcError.invalidArgument("run_id or project_id is required");
  }
}

/** Kubernetes' alphabet for generated names: no vowels, and nothing that looks like another letter. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

function generatedName(): string {
  return `r${Array.from({ length: 19 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("")}`;
}

function triggerOf({ task }: CreateRunRequest, triggers: TriggerStore): TriggerRow | undefined {
  if (task.case !== "triggerName") return undefined;
  const found = triggers.get(task.value);
  if (!found) throw triggerNotFound(task.value);
  return found;
}

function specOf({ task }: CreateRunRequest, trigger: TriggerRow | undefined, tasks: Tasks): TaskSpec {
  if (task.case === "taskSpec") return task.value;
  const id = trigger ? taskOfTrigger(trigger) : task.case === "taskId" ? task.value : undefined;
  if (!id) throw rpcError.invalidArgument("a task is required: task_id, task_spec or trigger_name");
  const found = tasks.get(id);
  if (!found) throw taskNotFound(id);
  return found.spec;
}

function taskIdOf({
  project,
  domain,
  name,
  version,
}: {
  project: string;
  domain: string;
  name: string;
  version: string;
}) {
  return { project, domain, name, version };
}

/** What the run is given: inputs in the request, with the task's defaults; or those uploaded before, as they are. */
function storeInputs(
  { inputWrapper }: CreateRunRequest,
  spec: TaskSpec,
  key: RunKey,
  dir: string,
): { uri: string; hash: string } {
  const { metadata, interface: signature } = spec.taskTemplate ?? {};
  if (inputWrapper.case === "offloadedInputData") {
    const uri = inputsFile(inputWrapper.value.uri);
    checkInputs(uploadedInputs(uri, dir).literals, signature);
    return { uri, hash: inputWrapper.value.inputsHash };
  }
  const inputs = withDefaults(inputWrapper.value ?? create(InputsSchema), spec);
  checkInputs(inputs.literals, signature);
  const directory = inputsDirectory(dir, key);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, "inputs.pb");
  writeFileSync(`${path}.new`, toBinary(InputsSchema, withLocalPaths(inputs, dir)), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return { uri: fileUri(path), hash: inputsHash(inputs, metadata?.cacheIgnoreInputVars) };
}

function withDefaults(inputs: Inputs, { defaultInputs }: TaskSpec): Inputs {
  const given = new Set(inputs.literals.map(({ name }) => name));
  const defaults = defaultInputs.flatMap(({ name, parameter }) =>
    !given.has(name) && parameter?.behavior.case === "default" ? [{ name, value: parameter.behavior.value }] : [],
  );
  return create(InputsSchema, { literals: [...inputs.literals, ...defaults], context: inputs.context });
}

function runSpecOf(request: CreateRunRequest, now: number, dir: string): RunSpec {
  const spec = request.runSpec ? clone(RunSpecSchema, request.runSpec) : create(RunSpecSchema);
  if (!spec.rawDataStorage?.rawDataPrefix) {
    spec.rawDataStorage = { $typeName: "flyteidl2.task.RawDataStorage", rawDataPrefix: fileUri(join(dir, "raw")) };
  }
  newer<NewerRunSpec>(spec).runStartTime ??= newer<NewerCreateRun>(request).runStartTime ?? timestampOf(now);
  return spec;
}
