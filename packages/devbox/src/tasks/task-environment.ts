import { homedir, tmpdir } from "node:os";
import type { RunSpec } from "@flyte-webhook/idl/flyteidl2/task/run";
import type { DevboxContext } from "../context.ts";
import type { ActionKey } from "../store/actions.ts";
import type { TaskContainer } from "./task-container.ts";

export interface TaskScope {
  readonly key: ActionKey;
  /** From 1. */
  readonly attempt: number;
  readonly task: { readonly project: string; readonly domain: string; readonly name: string; readonly version: string };
  readonly runBase: string;
}

/** Of the devbox's own environment a task sees only this; in particular no credential of whoever started it. */
const INHERITED = ["LANG", "LC_ALL", "TZ", "USER", "LOGNAME", "SHELL", "TMPDIR", "SSL_CERT_DIR"];

/** Python's runtime asserts that there is an organization, also on a plane that has none. */
const ORGANIZATION = "flyte";

/** The environment of a task's process: the devbox's, the template's, the run's, and at last what nobody may replace. */
export function taskEnvironment(
  { env }: TaskContainer,
  { envs }: RunSpec,
  scope: TaskScope,
  { endpoint, searchPath, trustFile }: Pick<DevboxContext, "endpoint" | "searchPath" | "trustFile">,
): Record<string, string> {
  const { key, attempt, task, runBase } = scope;
  const platform: Record<string, string> = {
    HOME: homedir(),
    TMPDIR: tmpdir(),
    ...Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    PATH: searchPath,
    // The same port speaks TLS, for what knows nothing else.
    SSL_CERT_FILE: trustFile,
    // Python's output is read while it is written.
    PYTHONUNBUFFERED: "1",
    // Flyte's Python writes as to an object store, where no directory needs to be made first.
    FSSPEC_FILE: '{"auto_mkdir": true}',
    _U_EP_OVERRIDE: new URL(endpoint).host,
    _U_INSECURE: "true",
    _U_USE_ACTIONS: "1",
  };
  const given = [...env, ...(envs?.values.map(({ key, value }) => [key, value] as const) ?? [])];
  return {
    ...platform,
    FLYTE_INTERNAL_EXECUTION_ID: key.run,
    FLYTE_INTERNAL_EXECUTION_PROJECT: key.project,
    FLYTE_INTERNAL_EXECUTION_DOMAIN: key.domain,
    FLYTE_ATTEMPT_NUMBER: String(attempt - 1),
    _F_PN: podName(key, attempt),
    ...prefixed("FLYTE_INTERNAL_TASK_", task),
    ...prefixed("FLYTE_INTERNAL_", task),
    ...Object.fromEntries(given),
    RUN_NAME: key.run,
    ACTION_NAME: key.action,
    _U_ORG_NAME: ORGANIZATION,
    _U_RUN_BASE: runBase,
  };
}

/** Name of the pod that a real plane would have made for an attempt; logs are asked for by it. */
export function podName({ run, action }: ActionKey, attempt: number): string {
  return `${run}-${action}-${attempt - 1}`;
}

function prefixed(prefix: string, { project, domain, name, version }: TaskScope["task"]): Record<string, string> {
  return {
    [`${prefix}PROJECT`]: project,
    [`${prefix}DOMAIN`]: domain,
    [`${prefix}NAME`]: name,
    [`${prefix}VERSION`]: version,
  };
}
