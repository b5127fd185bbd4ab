import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { FlyteWebhookError } from "@flyte-webhook/core";
import type { TaskTemplate } from "@flyte-webhook/idl/flyteidl2/core/tasks";
import type { Inputs } from "@flyte-webhook/idl/flyteidl2/task/common";
import type { RunSpec } from "@flyte-webhook/idl/flyteidl2/task/run";
import type { DevboxContext } from "../context.ts";
import { type NewerRunSpec, newer } from "../newer-fields.ts";
import { injectSecrets } from "../secrets/inject-secrets.ts";
import { removeSecretFiles, taskSecretDirectory } from "../secrets/secret-files.ts";
import type { ActionKey } from "../store/actions.ts";
import type { SecretScope } from "../store/secrets.ts";
import { microsOf } from "../store/time.ts";
import { findExecutable, missingExecutable } from "./find-executable.ts";
import type { Job } from "./job.ts";
import { failure, type Outcome } from "./outcome.ts";
import { ATTEMPT_FILES, attemptDirectory, fileUri, runDirectory } from "./run-files.ts";
import { taskContainer } from "./task-container.ts";
import { podName, taskEnvironment } from "./task-environment.ts";
import { startTaskProcess, type TaskProcess } from "./task-process.ts";
import { fillTemplate } from "./template-variables.ts";

/**
 * Makes the attempt's directory and starts its process, which waits to be told to begin. An outcome instead of a
 * process is why the task cannot be run here.
 */
export function launchTask(job: Job, inputs: Inputs, context: DevboxContext): TaskProcess | Outcome {
  const { key, attempt, spec, runSpec } = job;
  const template = spec.taskTemplate;
  const fault = context.faults?.tasks.take(template?.id?.name ?? "");
  if (fault) return fault;
  const container = template && taskContainer(template);
  if (!container) return failure(`the task type ${JSON.stringify(template?.type ?? "")} has no container to run`);
  const directory = attemptDirectory(context.dir, key, attempt);
  const work = join(directory, ATTEMPT_FILES.work);
  mkdirSync(work, { recursive: true, mode: 0o700 });
  const scope = { variables: templateVariables(job, context.dir), inputs };
  const words = [...container.command, ...container.args].map((word) => fillTemplate(word, scope));
  const task = { project: "", domain: "", name: "", version: "", ...template.id };
  const runBase = fileUri(runDirectory(context.dir, key));
  const env = taskEnvironment(container, runSpec, { key, attempt, task, runBase }, context);
  const [program] = words;
  if (program === undefined) return failure("the task's container has neither a command nor arguments");
  const image = template.target.case === "container" ? template.target.value.image : "";
  if (!findExecutable(program, env.PATH ?? "", work)) return failure(missingExecutable(program, image));
  const secretFiles = taskSecretDirectory(context.dir, job.action.id, attempt);
  const secrets = secretsOf(template, key, context, secretFiles);
  if ("phase" in secrets) return secrets;
  const process = startTaskProcess({ words, env: { ...env, ...secrets.env }, directory });
  process.ended
    .then(() => removeSecretFiles(secretFiles))
    .catch((error: Error) => context.log(`the secrets in ${secretFiles} could not be removed: ${error.message}`));
  return process;
}

/** A task without one of its secrets cannot do its work: it fails, and says how the secret is created. */
function secretsOf(
  { securityContext }: TaskTemplate,
  scope: SecretScope,
  { secrets }: DevboxContext,
  directory: string,
): { env: Record<string, string> } | Outcome {
  try {
    return { env: injectSecrets(securityContext?.secrets ?? [], scope, secrets, directory) };
  } catch (error) {
    removeSecretFiles(directory);
    if (!(error instanceof FlyteWebhookError)) throw error;
    return failure(error.message);
  }
}

/** Where an attempt writes the files that it gives out by reference. */
export function rawOutputPrefix(key: ActionKey, attempt: number, { rawDataStorage }: RunSpec): string {
  // As a path: Flyte's Python makes the directories of that itself, and takes a `file://` URI for a relative path.
  const raw = rawDataStorage?.rawDataPrefix.replace(/^file:\/\/(?=\/)/, "");
  return `${raw}/${key.project}/${key.domain}/${key.run}/${podName(key, attempt)}`;
}

/** Flyte's template variables, by their names in lower case. */
function templateVariables({ action, key, attempt, runSpec }: Job, dir: string): Record<string, string> {
  const output = fileUri(attemptDirectory(dir, key, attempt));
  const previous =
    attempt > 1 ? `${fileUri(attemptDirectory(dir, key, attempt - 1))}/${ATTEMPT_FILES.checkpoints}` : '""';
  const { runStartTime } = newer<NewerRunSpec>(runSpec);
  const pod = podName(key, attempt);
  return {
    input: action.input_uri,
    inputprefix: dirname(action.input_uri),
    outputprefix: output,
    rawoutputdataprefix: rawOutputPrefix(key, attempt, runSpec),
    checkpointoutputprefix: `${output}/${ATTEMPT_FILES.checkpoints}`,
    prevcheckpointprefix: previous,
    perretryuniquekey: pod,
    namespace: `${key.project}-${key.domain}`,
    runname: key.run,
    actionname: key.action,
    runstarttime: new Date(runStartTime ? microsOf(runStartTime) / 1000 : Date.now()).toISOString(),
  };
}
