/**
 * What the page is told, view by view. Types alone, for both sides: the devbox writes them, the page reads them. Times are
 * milliseconds since 1970, phases and statuses are names in lower case, such as `timed_out`.
 */

export interface Scope {
  readonly project: string;
  readonly domain: string;
}

/** A page of runs, newest first. */
export interface RunsState {
  readonly runs: readonly RunState[];
  /** Where older ones go on; absent when there is none. */
  readonly before?: string;
  /** How many runs were looked at, when that is why this page is not full. */
  readonly searched?: number;
}

export interface RunState extends Scope {
  readonly name: string;
  readonly task: string;
  readonly phase: string;
  readonly createdMs: number;
  /** Null while it goes on. */
  readonly endedMs: number | null;
  /** Why it failed or was aborted. */
  readonly message: string;
  /** The trigger that fired it; empty for none. */
  readonly trigger: string;
}

/** One run and its actions, the earliest first; null for a run that is not there. */
export interface RunTreeState {
  readonly run: (RunState & { readonly version: string; readonly author: string }) | null;
  readonly actions: readonly ActionState[];
  /** Actions of the run; those beyond the first {@link ActionState}s are not told. */
  readonly total: number;
}

export interface ActionState {
  readonly name: string;
  /** Name of the action that called it; empty for the root. */
  readonly parent: string;
  readonly kind: "task" | "trace" | "condition";
  readonly title: string;
  /** Full name of its task; of what is no task, empty. */
  readonly task: string;
  readonly group: string;
  readonly phase: string;
  readonly createdMs: number;
  readonly endedMs: number | null;
  /** `hit`, `populated` and the like; empty where no cache is used. */
  readonly cache: string;
  readonly message: string;
  readonly attempts: readonly AttemptState[];
}

export interface AttemptState {
  readonly attempt: number;
  readonly phase: string;
  readonly queuedMs: number | null;
  readonly runningMs: number | null;
  readonly endedMs: number | null;
  /** Whether a process was started for it, which has a log. */
  readonly hasLog: boolean;
  readonly message: string;
}

/** A page of tasks by their newest versions, the newest first. */
export interface TasksState {
  readonly tasks: readonly TaskState[];
  readonly total: number;
}

export interface TaskState extends Scope {
  readonly name: string;
  readonly version: string;
  readonly environment: string;
  readonly description: string;
  readonly deployedMs: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Names of its triggers. */
  readonly triggers: readonly string[];
}

/** Active ones first. */
export interface TriggersState {
  readonly triggers: readonly TriggerState[];
}

export interface TriggerState extends Scope {
  readonly name: string;
  readonly task: string;
  readonly version: string;
  readonly active: boolean;
  /** A cron expression with its time zone, `every 5 minutes`, or empty for one that is fired by hand. */
  readonly schedule: string;
  readonly nextMs: number | null;
  readonly lastMs: number | null;
}

/** By name. */
export interface AppsState {
  readonly apps: readonly AppState[];
}

export interface AppState extends Scope {
  readonly name: string;
  readonly revision: number;
  /** A deployment status, such as `active`. */
  readonly status: string;
  readonly message: string;
  /** When the status came to be; null when it never changed. */
  readonly sinceMs: number | null;
  readonly createdMs: number;
  /** Whether it is to run. */
  readonly wanted: boolean;
  readonly replicas: number;
  /** Empty while it is stopped. */
  readonly url: string;
  readonly image: string;
  readonly command: readonly string[];
  /** Of an app that is a webhook. */
  readonly webhook: WebhookState | null;
}

export interface WebhookState {
  readonly title: string;
  readonly description: string;
  readonly requiresAuth: boolean;
  readonly endpoints: readonly EndpointState[];
  /** Null allows everything, an empty list nothing. */
  readonly allowed: Readonly<Record<"tasks" | "apps" | "triggers", readonly string[] | null>>;
}

export interface EndpointState {
  readonly id: string;
  readonly group: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly open: boolean;
}
