import type { ActionIdentifier, RunIdentifier } from "@flyte-webhook/idl/flyteidl2/common/identifier";
import type { TaskIdentifier } from "@flyte-webhook/idl/flyteidl2/task/task_definition";
import { rpcError } from "../rpc-error.ts";
import { type ActionKey, ROOT_ACTION } from "../store/actions.ts";
import type { Projects } from "../store/projects.ts";

export const DOMAINS = [
  { id: "development", name: "Development" },
  { id: "production", name: "Production" },
  { id: "staging", name: "Staging" },
] as const;

/** A name that is also a directory's. */
const DIRECTORY_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
/** Kubernetes' DNS-1035 label, as the name of a run is one. */
const DNS_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const MAX_RUN_NAME = 30;
/** Flyte's own limit of task names and versions. */
const MAX_TASK_TEXT = 255;

/** All of these throw `invalid_argument` for a name that Flyte's protos do not allow, `not_found` for an unknown project. */
export function checkProjectName(project: string): void {
  if (project === "") throw rpcError.invalidArgument("the project is missing");
  if (!DIRECTORY_NAME.test(project)) {
    throw rpcError.invalidArgument(
      `invalid project ${quoted(project)}: at most 63 letters, digits, "-", "_" and ".", the first a letter or digit`,
    );
  }
}

export function checkKnownProject(projects: Projects, project: string): void {
  checkProjectName(project);
  if (!projects.get(project)) throw rpcError.notFound(`project ${quoted(project)} not found`);
}

export function checkDomain(domain: string): void {
  if (DOMAINS.some(({ id }) => id === domain)) return;
  const known = DOMAINS.map(({ id }) => id).join(", ");
  throw rpcError.invalidArgument(`unknown domain ${quoted(domain)}; the domains are ${known}`);
}

export function checkTaskId({ name, version, domain }: Pick<TaskIdentifier, "name" | "version" | "domain">): void {
  checkDomain(domain);
  checkText("task name", name);
  checkText("task version", version);
}

export function checkTriggerName(name: string): void {
  checkText("trigger name", name);
}

export function checkRunName(name: string): void {
  if (name.length > MAX_RUN_NAME) {
    throw rpcError.invalidArgument(`invalid run name ${quoted(name)}: must be no more than ${MAX_RUN_NAME} characters`);
  }
  if (!DNS_1035.test(name)) {
    throw rpcError.invalidArgument(
      `invalid run name ${quoted(name)}: lower case letters, digits and "-", the first a letter, the last no "-"`,
    );
  }
}

/** A name that a task gives what it calls; it is a directory's beside that of the run's inputs. */
export function checkActionName(name: string): void {
  if (!DIRECTORY_NAME.test(name) || name === "inputs") {
    throw rpcError.invalidArgument(`invalid action name ${quoted(name)}: at most 63 letters, digits, "-", "_" and "."`);
  }
}

export function requireRun(run: RunIdentifier | undefined): RunIdentifier {
  if (!run) throw rpcError.invalidArgument("run_id is required");
  return run;
}

export function requireAction(id: ActionIdentifier | undefined): ActionKey {
  if (!id?.run || !id.name) throw rpcError.invalidArgument("action_id with its run and name is required");
  return { project: id.run.project, domain: id.run.domain, run: id.run.name, action: id.name };
}

export function rootAction({ project, domain, name }: RunIdentifier): ActionKey {
  return { project, domain, run: name, action: ROOT_ACTION };
}

function checkText(what: string, text: string): void {
  if (text === "") throw rpcError.invalidArgument(`the ${what} is missing`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (text.length > MAX_TASK_TEXT || /[\x00-\x1f\x7f]/.test(text)) {
    throw rpcError.invalidArgument(
      `invalid ${what}: at most ${MAX_TASK_TEXT} characters, none of them a control character`,
    );
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
