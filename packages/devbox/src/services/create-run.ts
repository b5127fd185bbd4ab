import { createHash, randomInt } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clone, create, fromBinary, toBinary } from "@bufbuild/protobuf";
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
import type { Tasks } from "../store/tasks.ts";
import { nowMicros, timestampOf } from "../store/time.ts";
import { inputsHash } from "../tasks/inputs-hash.ts";
import { fileUri, inputsDirectory, pathBelow, type RunKey, readIfThere } from "../tasks/run-files.ts";
import { expiryOf } from "../tasks/time-limits.ts";
import { checkInputs } from "./check-inputs.ts";
import { checkLabels } from "./check-labels.ts";
import { checkDomain, checkKnownProject, checkRunName } from "./names.ts";
import { userOf } from "./run-messages.ts";
import { taskNotFound } from "./task.ts";

export interface CreateRunStores {
  readonly actions: Actions;
  readonly projects: Projects;
  readonly tasks: Tasks;
}

/**
 * Writes a new run into the queue. The same request again, by its name, answers with the run it made; another request
 * under a taken name is `already_exists` (a real plane answers with the existing run and overwrites its inputs).
 */
export function createRun(
  request: CreateRunRequest,
  caller: Caller,
  stores: CreateRunStores,
  context: DevboxContext,
): { row: ActionSummary; created: boolean } {
  const key = runKeyOf(request);
  checkKnownProject(stores.projects, key.project);
  checkDomain(key.domain);
  checkRunName(key.run);
  const spec = specOf(request, stores.tasks);
  const template = spec.taskTemplate;
  if (!template?.id) throw rpcError.invalidArgument("the task's template or its id is missing");
  checkLabels(request.runSpec?.labels?.values ?? {});
  const rootKey = { ...key, action: ROOT_ACTION };
  const digest = createHash("sha256").update(toBinary(CreateRunRequestSchema, request)).digest();
  const existing = stores.actions.get(rootKey);
  if (existing) {
    if (digest.equals(existing.request_digest)) return { row: existing, created: false };
    throw rpcError.alreadyExists(`run already exists: ${key.project}/${key.domain}/${key.run}`);
  }

  const now = nowMicros();
  const { uri, hash } = storeInputs(request, spec, key, context.dir);
  const metadata = create(ActionMetadataSchema, {
    spec: { case: "task", value: { id: taskIdOf(template.id), taskType: template.type, shortName: spec.shortName } },
    actionType: ActionType.TASK,
    environmentName: spec.environment?.name ?? "",
    // The field's name is misspelt in Flyte; a real plane fills it with the task's full name.
    funtionName: template.id.name,
    source: request.source,
    ...(caller.identified && { executedBy: userOf(caller.subject) }),
  });
  transaction(context.db, () =>
    stores.actions.create({
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
    }),
  );
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

function specOf({ task }: CreateRunRequest, tasks: Tasks): TaskSpec {
  switch (task.case) {
    case "taskId": {
      const found = tasks.get(task.value);
      if (!found) throw taskNotFound(task.value);
      return found.spec;
    }
    case "taskSpec":
      return task.value;
    case "triggerName":
      throw rpcError.notFound(`trigger ${JSON.stringify(task.value.name)} not found`);
    default:
      throw rpcError.invalidArgument("a task is required: task_id, task_spec or trigger_name");
  }
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
    const uri = `${inputWrapper.value.uri}/inputs.pb`;
    checkInputs(uploadedInputs(uri, dir).literals, signature);
    return { uri, hash: inputWrapper.value.inputsHash };
  }
  const inputs = withDefaults(inputWrapper.value ?? create(InputsSchema), spec);
  checkInputs(inputs.literals, signature);
  const directory = inputsDirectory(dir, key);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, "inputs.pb");
  writeFileSync(`${path}.new`, toBinary(InputsSchema, inputs), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return { uri: fileUri(path), hash: inputsHash(inputs, metadata?.cacheIgnoreInputVars) };
}

/** Only what was uploaded to this devbox is read, never another file of the machine. */
function uploadedInputs(uri: string, dir: string): Inputs {
  const path = pathBelow(dir, uri);
  const bytes = path && readIfThere(path);
  if (!bytes)
    throw rpcError.invalidArgument(`there are no inputs at ${uri.slice(0, 500)}; upload them with UploadInputs`);
  try {
    return fromBinary(InputsSchema, bytes);
  } catch {
    throw rpcError.invalidArgument(`what is at ${uri.slice(0, 500)} is no inputs message`);
  }
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
